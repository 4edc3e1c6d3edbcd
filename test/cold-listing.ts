/**
 * Times how long `ipvs -Sn --from FILE` takes for recorded single dumps, over an empty Node, against the least program
 * that lists them (`bench/processes/list-recording.cts`), the three in turn, and fails where it takes more than 2.5
 * times as long (1000x4, 100x100) or twice (16000x1). The shortest of the rounds counts. Run it on a machine that does
 * nothing else: `npm run build && node dist/test/cold-listing.js [ROUNDS]`. `NODE` in the environment is another Node
 * to measure with; further words are command lines to time beside these, such as 'other/launcher.cjs -Sn --from FILE'.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IpvsSync } from '../lib/index.ts';
import { FakeKernel } from '../lib/testing/index.ts';
import { RecordingTransport } from './lib/capture/recording-transport.ts';
import { uniformOperations } from './table-operations.ts';

const [rounds = '30', ...others] = process.argv.slice(2);
const { NODE = process.execPath } = process.env;
const project = join(import.meta.dirname, '../..');
const launcher = join(project, 'dist/lib/cli/launcher.cjs');
const leastProgram = join(project, 'dist/bench/processes/list-recording.cjs');

const tables: readonly (readonly [services: number, destinations: number, maximum: number])[] = [
  [1000, 4, 2.5],
  [100, 100, 2.5],
  [16000, 1, 2],
];

/** A capture of the single dump of a table, as `ipvs --from` reads it. */
function record(services: number, destinations: number): Uint8Array {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const filler = IpvsSync.open({ transport: kernel.connect() });
  for (const outcome of filler.batch(uniformOperations(services, destinations))) assert.ok(outcome.ok);
  const transport = new RecordingTransport(kernel.connect());
  const client = IpvsSync.open({ transport });
  client.dump({ strategy: 'single' });
  client.timeouts();
  return transport.capture.bytes();
}

function time(words: readonly string[]): { readonly milliseconds: number; readonly output: string } {
  const started = performance.now();
  const { stdout, status } = spawnSync(NODE, words, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const milliseconds = performance.now() - started;
  assert.equal(status, 0, words.join(' '));
  return { milliseconds, output: stdout };
}

const folder = mkdtempSync(join(tmpdir(), 'ipvs-cold-listing-'));
const empty = join(folder, 'empty.cjs');
writeFileSync(empty, '');
const problems: string[] = [];
console.log(`Node ${spawnSync(NODE, ['--version'], { encoding: 'utf8' }).stdout.trim()}, best of ${rounds}`);
for (const [services, destinations, maximum] of tables) {
  const file = join(folder, `${services}x${destinations}.pcap`);
  writeFileSync(file, record(services, destinations));
  const programs = [
    [leastProgram, file],
    [launcher, '-Sn', '--from', file],
    ...others.map((line) => line.replace('FILE', file).split(' ')),
  ];
  const lines = (text: string): string[] => text.split('\n').sort();
  const expected = lines(time(programs[0]!).output);
  for (const words of programs) assert.deepEqual(lines(time(words).output), expected);
  const best = new Array<number>(1 + programs.length).fill(Number.POSITIVE_INFINITY);
  for (let round = 0; round < Number(rounds); round++)
    for (const [index, words] of [[empty], ...programs].entries())
      best[index] = Math.min(best[index]!, time(words).milliseconds);
  const [base, least, ...ours] = best as [number, number, number];
  const name = `${services}x${destinations}`;
  console.log(
    `${name}: an empty Node ${base.toFixed(1)} ms, the least program ${(least - base).toFixed(1)} ms more`,
  );
  for (const [index, milliseconds] of ours.entries()) {
    const ratio = (milliseconds - base) / (least - base);
    console.log(
      `  ${(milliseconds - base).toFixed(1)} ms more: ${programs[index + 1]![0]} (${ratio.toFixed(2)} times)`,
    );
    if (index === 0 && ratio > maximum) problems.push(`${name}: ${ratio.toFixed(2)} is more than ${maximum}`);
  }
}
if (process.env.KEEP === undefined) rmSync(folder, { recursive: true });
assert.deepEqual(problems, []);
