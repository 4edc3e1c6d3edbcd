import type { Call } from '../request/call.ts';
import type { Deadline } from './deadline.ts';

/** Calls `giveUp` once, when the deadline passes or the signal aborts, unless disposed before. */
export function watchFor(
  deadline: Deadline | undefined,
  signal: AbortSignal | undefined,
  giveUp: (errorFor: (call: Call<unknown>) => Error) => void,
): Disposable {
  const stop = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', aborted);
  };
  const aborted = (): void => {
    stop();
    giveUp(() => reasonOf(signal as AbortSignal));
  };
  const timer =
    deadline === undefined
      ? undefined
      : setTimeout(() => {
          stop();
          giveUp((call) => deadline.error(call));
        }, deadline.remaining);
  signal?.addEventListener('abort', aborted, { once: true });
  return { [Symbol.dispose]: stop };
}

/** What a signal was aborted for, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
