/**
 * Measures how long the command takes to start, relative to a Node that runs an empty file just before, and
 * fails if that is 2.3 times as long or more in half of the rounds. Run it on a machine that does
 * nothing else: `npm run build && node dist/test/measurements/start-up.js`.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timedEnvironment } from '../../bench/processes/timed-environment.ts';

const MAX_RATIO = 2.3;
const rounds = 60;
const project = join(import.meta.dirname, '../../..');
const launcher = join(project, 'dist/lib/cli/launcher.cjs');
const recording = join(project, 'fixtures/stock-6.1/ipvs-netlink-read.pcap');
const folder = mkdtempSync(join(tmpdir(), 'ipvs-start-up-'));
const empty = join(folder, 'empty.cjs');
writeFileSync(empty, '');

const programs: readonly (readonly string[])[] = [
  [empty],
  [launcher, '--version'],
  [launcher, '-Ln'],
  [launcher, '-Sn'],
  [launcher, '-Ln', '--from', recording],
  [launcher, '-Sn', '--from', recording],
];

function median(times: readonly number[]): number {
  return times.toSorted((first, second) => first - second)[times.length >> 1]!;
}

const times = programs.map((): number[] => []);
for (let round = 0; round < rounds; round++)
  for (const [index, args] of programs.entries()) {
    const started = performance.now();
    spawnSync(process.execPath, args, { stdio: 'ignore', env: timedEnvironment() });
    times[index]!.push(performance.now() - started);
  }
rmSync(folder, { recursive: true });

const [base, ...others] = times;
console.log(`${median(base!).toFixed(1)} ms  an empty Node program, median of ${rounds}`);
const ratios = others.map((own) => median(own.map((time, round) => time / base![round]!)));
for (const [index, ratio] of ratios.entries()) {
  const name = programs[index + 1]!.slice(1).join(' ').replace(recording, 'FILE');
  console.log(`${median(others[index]!).toFixed(1)} ms  ipvs ${name} (${ratio.toFixed(2)})`);
}
for (const ratio of ratios) assert.ok(ratio < MAX_RATIO);
