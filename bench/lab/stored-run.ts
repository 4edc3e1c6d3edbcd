import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../test/kernel/lab/project.ts';
import type { LabHost, LabKernel } from '../figures.ts';

/** The last lab run: the results of each kernel, and those of the machine itself. */
export interface StoredRun {
  /** Kernels with the single dump first, newer ones before older ones. */
  readonly kernels: readonly LabKernel[];
  readonly host: LabHost | undefined;
}

/** Directory of the last lab run: a file for each kernel, and one for the machine itself. */
export const storedFolder: string = join(projectFolder, 'bench/results');
const HOST = 'host';
const EXTENSION = '.json';

/** Reads a stored run; it is empty if the directory does not exist, as in the published package. */
export function readStoredRun(folder: string = storedFolder): StoredRun {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(EXTENSION)) : [];
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const kernels = names.filter((name) => name !== HOST + EXTENSION).map((name) => read(name) as LabKernel);
  return {
    kernels: kernels.sort((a, b) => rank(a) - rank(b)),
    host: names.includes(HOST + EXTENSION) ? (read(HOST + EXTENSION) as LabHost) : undefined,
  };
}

function rank({ name }: LabKernel): number {
  return (name.startsWith('single-') ? 0 : 2) + (name.endsWith('7.x') ? 0 : 1);
}

/** Stores the results of a kernel, replacing earlier ones. */
export function storeKernel(kernel: LabKernel, folder: string = storedFolder): void {
  store(join(folder, kernel.name + EXTENSION), kernel);
}

/** Stores the results measured without a kernel. */
export function storeHost(host: LabHost, folder: string = storedFolder): void {
  store(join(folder, HOST + EXTENSION), host);
}

function store(file: string, found: object): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `${linesOf(found)}\n`);
}

/** Formats JSON with arrays and objects without nested ones on one line, for readable diffs. */
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
export function newestPatched({ kernels }: StoredRun): LabKernel | undefined {
  return kernels.find(({ name }) => name.startsWith('single-'));
}

/** Returns the stock kernel of the same series. */
export function stockOf({ kernels }: StoredRun, patched: LabKernel): LabKernel | undefined {
  return kernels.find(({ name }) => name === patched.name.replace('single-', 'stock-'));
}

/** Age up to which stored results are not measured again when a run is resumed, in hours. */
export const RESUMED_HOURS = 12;

/** Whether a stored result is part of the run that is resumed. */
export function isCurrent(
  stored: Pick<LabHost, 'date' | 'machine' | 'thoroughness'>,
  thoroughness: 'quick' | 'thorough',
  now: Date,
): boolean {
  const age = now.getTime() - new Date(stored.date).getTime();
  const enough = stored.thoroughness === 'thorough' || thoroughness === 'quick';
  return enough && age < RESUMED_HOURS * 3_600_000 && stored.machine.node === process.version;
}
