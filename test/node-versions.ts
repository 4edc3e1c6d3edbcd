import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Node's major versions to run the tests on, except the current one: `npm test` runs them on that. */
const MAJORS = [20, 22, 24, 26];

const project = join(import.meta.dirname, '../..');

/** The `node` program of a major version, fetched from npm into the cache when it is not there. */
function nodeProgram(major: number): string {
  const folder = join(project, '.cache/node', String(major));
  const name = `node-linux-${process.arch}`;
  const program = join(folder, 'node_modules', name, 'bin/node');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const args = ['install', '--prefix', folder, '--no-save', '--no-package-lock', `${name}@${major}`];
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return program;
}

const current = Number(process.versions.node.split('.')[0]);
for (const major of MAJORS.filter((candidate) => candidate !== current)) {
  const program = nodeProgram(major);
  console.log(`Node ${execFileSync(program, ['--version'], { encoding: 'utf8' }).trim()}`);
  const { status } = spawnSync(program, [join(import.meta.dirname, 'run.js'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
