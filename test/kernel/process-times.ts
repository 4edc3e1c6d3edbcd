/**
 * Times whole processes on the guest's kernel: our command line against Debian's ipvsadm and against
 * an empty Node program. Fails where `ipvs -Sn` takes longer than `ipvsadm -Sn` for 4000 services
 * with 2 destinations each, or longer than half of it for 16000 with 1. Not a suite: run it on a
 * machine that does nothing else, with
 * `npm run test:kernel -- --kernel stock-6.1 --timeout 900 --command 'node dist/test/kernel/process-times.js'`.
 * Arguments are paths of other builds of the command line to time beside it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { IpvsSync } from '../../lib/index.ts';
import { uniformOperations } from '../measurements/table-operations.ts';
import { addNamespace, deleteNamespace } from './suite/namespace.ts';

const namespace = 'process-times';
const rounds = 2;
const launcher = join(import.meta.dirname, '../../lib/cli/launcher.cjs');
const launchers = [launcher, ...process.argv.slice(2)];

/** Services, destinations of each, and the largest share of ipvsadm's time that ours may take. */
const tableSizes: readonly (readonly [services: number, destinations: number, maxShare: number])[] = [
  [1, 1, Number.POSITIVE_INFINITY],
  [1000, 4, Number.POSITIVE_INFINITY],
  [4000, 2, 1],
  [16000, 1, 0.5],
];

function fill(services: number, destinations: number): void {
  const client = IpvsSync.open({ netns: `/run/netns/${namespace}` });
  client.flush();
  for (const outcome of client.batch(uniformOperations(services, destinations))) assert.ok(outcome.ok);
  client.close();
}

/** Milliseconds that a whole process takes inside the namespace, and what it printed. */
function time(
  command: string,
  ...args: string[]
): { readonly milliseconds: number; readonly output: string } {
  const started = performance.now();
  const { stdout, status } = spawnSync('ip', ['netns', 'exec', namespace, command, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const milliseconds = performance.now() - started;
  assert.equal(status, 0, `${command} ${args.join(' ')}`);
  return { milliseconds, output: stdout };
}

addNamespace(namespace);
const problems: string[] = [];
for (const [services, destinations, maxShare] of tableSizes) {
  fill(services, destinations);
  const best = new Map<string, number>();
  const expected = new Map(['-Sn', '-Ln'].map((option) => [option, time('ipvsadm', option).output]));
  for (let round = 0; round < rounds; round++) {
    const runs: [string, string, ...string[]][] = [
      ['node -e 0', process.execPath, '-e', '0'],
      ['ipvsadm -Sn', 'ipvsadm', '-Sn'],
      ...launchers.flatMap((path): [string, string, ...string[]][] =>
        ['-Sn', '-Ln'].map((option) => [`${path} ${option}`, process.execPath, path, option]),
      ),
    ];
    for (const [name, command, ...args] of runs) {
      const { milliseconds, output } = time(command, ...args);
      if (command !== 'ipvsadm' && args[0] !== '-e') assert.ok(output === expected.get(args.at(-1)!), name);
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, milliseconds));
    }
  }
  const bareNode = best.get('node -e 0')!;
  const theirs = best.get('ipvsadm -Sn')!;
  const share = best.get(`${launcher} -Sn`)! / theirs;
  if (share > maxShare)
    problems.push(`${services}x${destinations}: ${share.toFixed(2)} is more than ${maxShare}`);
  console.log(`${services}x${destinations}, best of ${rounds}:`);
  for (const [name, milliseconds] of best) {
    const ratios = `${(milliseconds / theirs).toFixed(2)} of ipvsadm, ${(milliseconds / bareNode).toFixed(2)} of node -e 0`;
    console.log(`  ${milliseconds.toFixed(0).padStart(7)} ms  ${name} (${ratios})`);
  }
}
deleteNamespace(namespace);
assert.deepEqual(problems, []);
