import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../lab/project.ts';
import { changeFolder, kernelPatches } from './patches.ts';

const folder: string = join(projectFolder, 'test/kernel/ip_vs');
const record: string = join(folder, 'clean-run.json');

/** The last run on kernels that check themselves. */
interface CleanRun {
  /** The change as it was then: SHA-256 of its C text and of the edits that bring it in. */
  readonly change: string;
  /** The kernels' releases, separated by commas. */
  readonly kernels: string;
  /** The suites that ran, separated by commas. */
  readonly suites: string;
  /** The day, as YYYY-MM-DD. */
  readonly date: string;
}

/** The edits of every patch for both kinds of service tables, as text. */
function editsText(): string {
  const series = (['shared', 'resizable'] as const).map((tables) =>
    kernelPatches.map(({ name, edits }) => ({ name, edits: edits(tables) })),
  );
  return JSON.stringify(series, (_, value) =>
    value instanceof RegExp || typeof value === 'function' ? String(value) : value,
  );
}

/** SHA-256 of the change's C text and of the edits that bring it into a kernel. */
export function changeHash(): string {
  const hash = createHash('sha256').update(editsText());
  for (const name of readdirSync(changeFolder).sort())
    hash.update(`\0${name}\0`).update(readFileSync(join(changeFolder, name)));
  return hash.digest('hex');
}

/** The record of the last clean run. */
export function readCleanRun(): CleanRun {
  return JSON.parse(readFileSync(record, 'utf8'));
}

/** Records a run of the present change that was clean on these kernels. */
export function writeCleanRun(kernels: readonly string[], suites: readonly string[]): void {
  const date = new Date().toISOString().slice(0, 10);
  const run: CleanRun = { change: changeHash(), kernels: kernels.join(), suites: suites.join(), date };
  writeFileSync(record, `${JSON.stringify(run, undefined, 2)}\n`);
}
