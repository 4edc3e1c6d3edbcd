import { setImmediate } from 'node:timers/promises';
import type { System } from '../../../../lib/cli/system.ts';
import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { type Run, runIpvs } from '../run-ipvs.ts';

/** A running exporter. */
export interface RunningExporter {
  /** Sends a GET request. */
  readonly get: (path: string, accept?: string) => Promise<Response>;
  /** What it has written to standard error so far. */
  readonly errors: () => string;
  /** Asks it to end, and resolves to the result of the command. */
  readonly stop: () => Promise<Run>;
}

/** Runs `ipvs exporter` on a port that the kernel chooses. */
export async function serveExporter(
  kernel: FakeKernel,
  words: readonly string[] = [],
  overrides: Partial<System> = {},
): Promise<RunningExporter> {
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
