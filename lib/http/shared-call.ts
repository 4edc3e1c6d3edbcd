/**
 * Returns a function whose concurrent calls share one call of `run`: a call while it is pending returns the same
 * promise. Results and errors are not cached: the next call after it has settled calls `run` again.
 */
export function sharedCall<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let pending: Promise<Result> | undefined;
  return () => {
    pending ??= run().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}
