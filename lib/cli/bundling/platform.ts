import { closeSync, openSync, readSync } from 'node:fs';

/** How much of Node's program is read: what it is linked against stands near its beginning. */
const PROGRAM_START = 4096;

function linkedAgainst(loader: string): boolean {
  const start = Buffer.alloc(PROGRAM_START);
  const program = openSync(process.execPath, 'r');
  try {
    readSync(program, start, 0, PROGRAM_START, 0);
  } finally {
    closeSync(program);
  }
  return start.includes(loader);
}

/**
 * In place of `process.report` in the bundle: ffi-rs asks whether this is glibc or musl, and making a
 * whole report for that takes as long as all the rest of starting.
 */
export const report = {
  getReport(): object {
    if (linkedAgainst('/ld-linux')) return { header: { glibcVersionRuntime: 'glibc' } };
    if (linkedAgainst('/ld-musl')) return { header: {} };
    const { report: whole } = process;
    return whole!.getReport();
  },
};

/** In place of `import.meta` in the bundle, which is no module. */
export const importMeta = {
  get url(): string {
    const { pathToFileURL }: typeof import('node:url') = require('node:url');
    return pathToFileURL(__filename).href;
  },
};
