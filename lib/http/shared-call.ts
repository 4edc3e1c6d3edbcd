/**
 * A function whose calls share one run: whoever calls while a run is under way waits for its result; the next call
 * after it starts another. Nothing is stored between runs, errors included.
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
