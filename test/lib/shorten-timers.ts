import { after, before, mock } from 'node:test';

/** Divides the delays of `setTimeout` by 10, until the function that is returned is called. */
export function shortenTimers(): () => void {
  const original = globalThis.setTimeout;
  const shorter = (callback: (...args: unknown[]) => void, delay = 0, ...args: unknown[]): NodeJS.Timeout =>
    original(callback, delay / 10, ...args);
  const { mock: mocked } = mock.method(globalThis, 'setTimeout', shorter as typeof setTimeout);
  return () => mocked.restore();
}

/** As {@link shortenTimers}, for the tests of a suite. */
export function withShorterTimers(): void {
  let restore: () => void;
  before(() => {
    restore = shortenTimers();
  });
  after(() => restore());
}
