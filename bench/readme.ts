/**
 * `npm run bench:readme`: generates the benchmark section of the README, and its charts, from the stored run.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../test/kernel/lab/project.ts';
import { readStoredRun } from './lab/stored-run.ts';
import { readmeCharts, withBenchmark } from './report/readme-section.ts';

const stored = readStoredRun();
const readme = join(projectFolder, 'README.md');
writeFileSync(readme, withBenchmark(readFileSync(readme, 'utf8'), stored));
for (const [path, svg] of readmeCharts(stored)) writeFileSync(join(projectFolder, path), svg);
