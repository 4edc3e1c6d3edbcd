import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectFolder } from './project.ts';

const folder = join(projectFolder, 'dist/test/kernel/suite');

/** The paths of the suites for guests whose file names have one of the patterns in them; all where there is none. */
export function suitesNamed(patterns: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .filter((name) => patterns.length === 0 || patterns.some((pattern) => basename(name).includes(pattern)))
    .map((name) => join(folder, name));
}
