/**
 * Measures how long `ipvs -Sn --from FILE` takes for recorded single dumps (all services with their destinations in one
 * dump, GET_SERVICE_DEST), compared with a minimal program that lists them (`bench/processes/list-recording.cts`). The
 * time that Node takes to run an empty file is subtracted from both; the three run in turn. Fails if `ipvs` takes more
 * than 2.5 times as long (1000x4, 100x100) or twice (16000x1). The shortest of the rounds counts, from start to end.
 * Processor time, which V8's threads add to, is shown beside it, as it says more where others use the processors. Each
 * table is recorded twice: with all that the command asks for (nlctrl for IPVS, the dump, the timeouts), and the dump
 * alone. Run it on a machine that does nothing else:
 * `npm run build && node dist/test/measurements/cold-listing.js [ROUNDS]`. `NODE` in the environment is another Node to
 * measure with, and `KEEP` keeps the recordings; further arguments are command lines to time beside these, such as
 * 'other/launcher.cjs -Sn --from FILE'.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timedEnvironment } from '../../bench/processes/timed-environment.ts';
import { recordDatagrams } from '../../bench/tables/datagrams.ts';
import { recordingFile } from '../../bench/tables/recording.ts';
import { IpvsSync } from '../../lib/index.ts';
import { FakeKernel } from '../../lib/testing/index.ts';
import { RecordingTransport } from '../lib/capture/recording-transport.ts';
import { uniformOperations } from './table-operations.ts';

const [rounds = '30', ...furtherCommands] = process.argv.slice(2);
const { NODE = process.execPath } = process.env;
const project = join(import.meta.dirname, '../../..');
const launcher = join(project, 'dist/lib/cli/launcher.cjs');
const minimalProgram = join(project, 'dist/bench/processes/list-recording.cjs');

const tables: readonly (readonly [services: number, destinations: number, maximum: number])[] = [
  [1000, 4, 2.5],
  [100, 100, 2.5],
  [16000, 1, 2],
];

/**
 * A capture for `ipvs --from` of all that the command requests, including a single dump of the table; with `dumpOnly`,
 * of the dump alone.
 */
function record(services: number, destinations: number, dumpOnly: boolean): Uint8Array {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const writer = IpvsSync.open({ transport: kernel.connect() });
  for (const outcome of writer.batch(uniformOperations(services, destinations))) assert.ok(outcome.ok);
  if (dumpOnly) return recordingFile(recordDatagrams(() => kernel.connect()));
  const transport = new RecordingTransport(kernel.connect());
  const client = IpvsSync.open({ transport });
  client.dump({ strategy: 'single' });
  client.timeouts();
  return transport.capture.bytes();
}

/** Milliseconds that a program takes. */
interface Durations {
  /** From start to end. */
  elapsed: number;
  /** Of all of its threads, in user and kernel mode. */
  processor: number;
}

/** A bash script that prints the times of the command in its arguments. */
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; time "$@"';

function time(args: readonly string[]): Durations & { readonly output: string } {
  const { stdout, stderr, status } = spawnSync('bash', ['-c', TIMED, 'bash', NODE, ...args], {
    encoding: 'utf8',
    env: { ...timedEnvironment(), LC_ALL: 'C' },
    maxBuffer: 2 ** 28,
  });
  assert.equal(status, 0, args.join(' '));
  const [elapsed, user, system] = stderr
    .trim()
    .split(' ')
    .map((seconds) => 1000 * Number(seconds));
  return { elapsed: elapsed!, processor: user! + system!, output: stdout };
}

const folder = mkdtempSync(join(tmpdir(), 'ipvs-cold-listing-'));
const empty = join(folder, 'empty.cjs');
writeFileSync(empty, '');
const problems: string[] = [];
console.log(`Node ${spawnSync(NODE, ['--version'], { encoding: 'utf8' }).stdout.trim()}, best of ${rounds}`);
const recordings = tables.flatMap((table) => [false, true].map((dumpOnly) => ({ table, dumpOnly })));
for (const { table, dumpOnly } of recordings) {
  const [services, destinations, maximum] = table;
  const name = `${services}x${destinations}${dumpOnly ? ', dump only' : ''}`;
  const file = join(folder, `${name.replaceAll(/[ ,]+/g, '-')}.pcap`);
  writeFileSync(file, record(services, destinations, dumpOnly));
  const programs = [
    [minimalProgram, file],
    [launcher, '-Sn', '--from', file],
    ...furtherCommands.map((line) => line.replace('FILE', file).split(' ')),
  ];
  const lines = (text: string): string[] => text.split('\n').sort();
  const expected = lines(time(programs[0]!).output);
  for (const args of programs) assert.deepEqual(lines(time(args).output), expected);
  const best = [[empty], ...programs].map(
    (): Durations => ({ elapsed: Number.POSITIVE_INFINITY, processor: Number.POSITIVE_INFINITY }),
  );
  for (let round = 0; round < Number(rounds); round++)
    for (const [index, args] of [[empty], ...programs].entries()) {
      const { elapsed, processor } = time(args);
      best[index]!.elapsed = Math.min(best[index]!.elapsed, elapsed);
      best[index]!.processor = Math.min(best[index]!.processor, processor);
    }
  for (const clock of ['elapsed', 'processor'] as const) {
    const [base, minimal, ...ours] = best.map((durations) => durations[clock]) as [number, number, number];
    console.log(
      `${name}, ${clock}: Node with an empty file ${base.toFixed()} ms, a minimal program ${(minimal - base).toFixed()} ms more`,
    );
    for (const [index, milliseconds] of ours.entries()) {
      const ratio = (milliseconds - base) / (minimal - base);
      console.log(
        `  ${(milliseconds - base).toFixed()} ms more: ${programs[index + 1]![0]} (${ratio.toFixed(2)} times)`,
      );
      if (clock === 'elapsed' && index === 0 && ratio > maximum)
        problems.push(`${name}: ${ratio.toFixed(2)} is more than ${maximum}`);
    }
  }
}
if (process.env.KEEP === undefined) rmSync(folder, { recursive: true });
assert.deepEqual(problems, []);
