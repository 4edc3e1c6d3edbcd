/**
 * `npm run bench:readme`: makes the readme's section about the benchmark, and its pictures, from the stored
 * run.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../test/kernel/lab/project.ts';
import { readStoredRun } from './lab/stored-run.ts';
import { readmePictures, withBenchmark } from './report/readme-section.ts';

const stored = readStoredRun();
const readme = join(projectFolder, 'README.md');
writeFileSync(readme, withBenchmark(readFileSync(readme, 'utf8'), stored));
for (const [path, svg] of readmePictures(stored)) writeFileSync(join(projectFolder, path), svg);
