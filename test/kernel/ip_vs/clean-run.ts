import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../lab/project.ts';
import { insertedCodeFolder, kernelPatches } from './patches.ts';

const folder: string = join(projectFolder, 'test/kernel/ip_vs');
const cleanRunFile: string = join(folder, 'clean-run.json');

/**
 * The last run of the suites on the debug kernels in which no test failed and the kernel log has no warning with a
 * trace, bug, stall, refused module or crash.
 */
interface CleanRun {
  /** The patches as they were then: SHA-256 of their edits and of the C code that these insert. */
  readonly patchesHash: string;
  /** The kernels' releases, separated by commas. */
  readonly kernels: string;
  /** The suites that ran, separated by commas. */
  readonly suites: string;
  /** The day, as YYYY-MM-DD. */
  readonly date: string;
}

/**
 * The edits of every patch, as text: for kernels with one hash table of services for all namespaces, and for those with
 * a resizable one in each.
 */
function editsText(): string {
  const editsByTables = (['shared', 'resizable'] as const).map((tables) =>
    kernelPatches.map(({ name, edits }) => ({ name, edits: edits(tables) })),
  );
  return JSON.stringify(editsByTables, (_, value) =>
    value instanceof RegExp || typeof value === 'function' ? String(value) : value,
  );
}

/** SHA-256 of the edits of all patches and of the C code that they insert into a kernel. */
export function patchesHash(): string {
  const hash = createHash('sha256').update(editsText());
  for (const name of readdirSync(insertedCodeFolder).sort())
    hash.update(`\0${name}\0`).update(readFileSync(join(insertedCodeFolder, name)));
  return hash.digest('hex');
}

/** The last clean run, as the file has it. */
export function readCleanRun(): CleanRun {
  return JSON.parse(readFileSync(cleanRunFile, 'utf8'));
}

/** Writes to the file that these suites ran on these kernels with the patches as they are now, and found no fault. */
export function writeCleanRun(kernels: readonly string[], suites: readonly string[]): void {
  const date = new Date().toISOString().slice(0, 10);
  const run: CleanRun = { patchesHash: patchesHash(), kernels: kernels.join(), suites: suites.join(), date };
  writeFileSync(cleanRunFile, `${JSON.stringify(run, undefined, 2)}\n`);
}
