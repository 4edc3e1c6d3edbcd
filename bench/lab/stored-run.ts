import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../test/kernel/lab/project.ts';
import type { LabKernelResults, LabUserSpaceResults } from '../figures.ts';

/** The last lab run: the results of each kernel, and those that need no IPVS. */
export interface StoredRun {
  /** Sorted: kernels that have the single dump first; within each group, newer before older. */
  readonly kernels: readonly LabKernelResults[];
  readonly userSpace: LabUserSpaceResults | undefined;
}

/** Directory of the last lab run: a file for each kernel, and one for the results that need no IPVS. */
export const storedFolder: string = join(projectFolder, 'bench/results');
const USER_SPACE = 'user-space';
const EXTENSION = '.json';

/** Reads a stored run; it is empty if the directory does not exist, as in the published package. */
export function readStoredRun(folder: string = storedFolder): StoredRun {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(EXTENSION)) : [];
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const kernels = names
    .filter((name) => name !== USER_SPACE + EXTENSION)
    .map((name) => read(name) as LabKernelResults);
  return {
    kernels: kernels.sort((a, b) => rank(a) - rank(b)),
    userSpace: names.includes(USER_SPACE + EXTENSION)
      ? (read(USER_SPACE + EXTENSION) as LabUserSpaceResults)
      : undefined,
  };
}

function rank({ name }: LabKernelResults): number {
  return (name.startsWith('single-') ? 0 : 2) + (name.endsWith('7.x') ? 0 : 1);
}

/** Stores the results of a kernel, replacing earlier ones. */
export function storeKernelResults(kernel: LabKernelResults, folder: string = storedFolder): void {
  store(join(folder, kernel.name + EXTENSION), kernel);
}

/** Stores the results that need no IPVS. */
export function storeUserSpaceResults(userSpace: LabUserSpaceResults, folder: string = storedFolder): void {
  store(join(folder, USER_SPACE + EXTENSION), userSpace);
}

function store(file: string, results: object): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `${linesOf(results)}\n`);
}

/**
 * Formats JSON for readable diffs: arrays and objects that are short, or contain no other arrays or objects, are on one
 * line each.
 */
function linesOf(value: unknown, indent = ''): string {
  const flat = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || !/[[{].*[[{]/.test(flat) || flat.length < 100)
    return flat;
  const deeper = `${indent} `;
  const inside = Array.isArray(value)
    ? value.map((item) => deeper + linesOf(item, deeper))
    : Object.entries(value).map(([key, item]) => `${deeper}${JSON.stringify(key)}:${linesOf(item, deeper)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${inside.join(',\n')}\n${indent}${close}`;
}

/** Returns the newest kernel with the single dump in a stored run. */
export function newestPatched({ kernels }: StoredRun): LabKernelResults | undefined {
  return kernels.find(({ name }) => name.startsWith('single-'));
}

/** Returns the stock kernel of the same series. */
export function stockOf({ kernels }: StoredRun, patched: LabKernelResults): LabKernelResults | undefined {
  return kernels.find(({ name }) => name === patched.name.replace('single-', 'stock-'));
}

/** Maximum age of stored results that a resumed run keeps instead of measuring again, in hours. */
export const MAXIMUM_REUSED_AGE = 12;

/**
 * Whether a stored result is recent and thorough enough, and from the same Node version, for a resumed run to keep it.
 */
export function isReusable(
  stored: Pick<LabUserSpaceResults, 'date' | 'machine' | 'thoroughness'>,
  thoroughness: 'quick' | 'thorough',
  now: Date,
): boolean {
  const age = now.getTime() - new Date(stored.date).getTime();
  const enough = stored.thoroughness === 'thorough' || thoroughness === 'quick';
  return enough && age < MAXIMUM_REUSED_AGE * 3_600_000 && stored.machine.node === process.version;
}
