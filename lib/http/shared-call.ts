/**
 * Returns a function whose concurrent calls share one run: a call while a run is in progress waits for its
 * result, and the first call after it starts another. No result or error is cached.
 */
export function sharedCall<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | undefined;
  return () => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}
