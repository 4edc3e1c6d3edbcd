import { setImmediate } from 'node:timers/promises';
import type { System } from '../../../../lib/cli/system.ts';
import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { type Run, runIpvs } from '../run-ipvs.ts';

/** An exporter that runs. */
export interface Served {
  /** Asks for a page. */
  readonly get: (path: string, accept?: string) => Promise<Response>;
  /** What it said on standard error so far. */
  readonly errors: () => string;
  /** Asks it to end, and comes to what the command came to. */
  readonly stop: () => Promise<Run>;
}

/** Runs `ipvs exporter` on a port that the kernel chooses. */
export async function serveExporter(
  kernel: FakeKernel,
  words: readonly string[] = [],
  overrides: Partial<System> = {},
): Promise<Served> {
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  let errors = '';
  const run = runIpvs(kernel, ['exporter', '--listen', '0', ...words], {
    overrides: {
      untilStopped: () => stopped,
      writeError: (line) => {
        errors += `${line}\n`;
      },
      ...overrides,
    },
  });
  let ended = false;
  void run.then(() => {
    ended = true;
  });
  while (!errors.includes('http://')) {
    if (ended) throw new Error(errors);
    await setImmediate();
  }
  const base = /http:\/\/[^/]*/.exec(errors)![0];
  return {
    get: (path, accept = '*/*') => fetch(`${base}${path}`, { headers: { accept } }),
    errors: () => errors,
    stop: () => {
      stop();
      return run;
    },
  };
}
