import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../test/kernel/lab/project.ts';
import type { LabHost, LabKernel } from '../figures.ts';

/** The last lab run: what was measured in each kernel, and beside them. */
export interface StoredRun {
  /** The changed kernels first, newer ones ahead of older ones. */
  readonly kernels: readonly LabKernel[];
  readonly host: LabHost | undefined;
}

/**
 * Where the last lab run stands in the repository: a file for each kernel, and one for the machine itself.
 */
export const storedFolder: string = join(projectFolder, 'bench/results');
const HOST = 'host';
const ENDING = '.json';

/** Reads a stored run; there is none where the folder is not there, as in the package. */
export function readStoredRun(folder: string = storedFolder): StoredRun {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(ENDING)) : [];
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const kernels = names.filter((name) => name !== HOST + ENDING).map((name) => read(name) as LabKernel);
  return {
    kernels: kernels.sort((a, b) => rank(a) - rank(b)),
    host: names.includes(HOST + ENDING) ? (read(HOST + ENDING) as LabHost) : undefined,
  };
}

function rank({ name }: LabKernel): number {
  return (name.startsWith('single-') ? 0 : 2) + (name.endsWith('7.x') ? 0 : 1);
}

/** Stores what was measured in a kernel, in place of what was there. */
export function storeKernel(kernel: LabKernel, folder: string = storedFolder): void {
  store(join(folder, kernel.name + ENDING), kernel);
}

/** Stores what was measured beside the kernels. */
export function storeHost(host: LabHost, folder: string = storedFolder): void {
  store(join(folder, HOST + ENDING), host);
}

function store(file: string, found: object): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `${linesOf(found)}\n`);
}

/** Arrays and objects without nested objects stand in one line, so that a change shows where it is. */
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

/** The newest changed kernel of a run that has been stored. */
export function newestChanged({ kernels }: StoredRun): LabKernel | undefined {
  return kernels.find(({ name }) => name.startsWith('single-'));
}

/** The stock kernel of the same series. */
export function stockOf({ kernels }: StoredRun, changed: LabKernel): LabKernel | undefined {
  return kernels.find(({ name }) => name === changed.name.replace('single-', 'stock-'));
}

/** What has been stored for less than this is not measured again: the run goes on after it. */
export const RESUMED_HOURS = 12;

/** Whether a stored kernel belongs to the run that goes on now. */
export function isCurrent(
  stored: Pick<LabHost, 'date' | 'machine' | 'thoroughness'>,
  effort: 'quick' | 'thorough',
  now: Date,
): boolean {
  const age = now.getTime() - new Date(stored.date).getTime();
  const enough = stored.thoroughness === 'thorough' || effort === 'quick';
  return enough && age < RESUMED_HOURS * 3_600_000 && stored.machine.node === process.version;
}
