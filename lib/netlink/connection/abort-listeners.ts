interface Listeners {
  readonly callbacks: Set<() => void>;
  readonly stop: () => void;
}

const listeners = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls `callback` when the signal aborts; returns a function that removes the callback. All callbacks share
 * one listener on the signal, so that thousands of requests can use the same signal.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const shared = listeners.get(signal) ?? listen(signal);
  shared.callbacks.add(callback);
  return () => {
    if (shared.callbacks.delete(callback) && shared.callbacks.size === 0) shared.stop();
  };
}

function listen(signal: AbortSignal): Listeners {
  const callbacks = new Set<() => void>();
  const stop = (): void => {
    signal.removeEventListener('abort', aborted);
    listeners.delete(signal);
  };
  const aborted = (): void => {
    stop();
    const all = [...callbacks];
    callbacks.clear();
    for (const callback of all) callback();
  };
  signal.addEventListener('abort', aborted, { once: true });
  const shared = { callbacks, stop };
  listeners.set(signal, shared);
  return shared;
}
