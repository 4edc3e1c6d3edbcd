import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Ipvs, reconcile, type ServiceWithDestinationsDefinition } from '../../../lib/index.ts';
import { openDescriptorCount } from '../../lib/descriptors.ts';
import { addNamespace, deleteNamespace } from './namespace.ts';

const name = 'reconcile-suite';
const netns = `/run/netns/${name}`;
const SERVICES = 20;
const PAUSE = 50;

const desired: readonly ServiceWithDestinationsDefinition[] = Array.from(
  { length: SERVICES },
  (_, index) => ({
    protocol: 'tcp',
    address: '10.0.0.1',
    port: 1000 + index,
    scheduler: 'rr',
    destinations: [{ address: '10.1.0.1', port: 80, forwarding: 'masq', weight: 1 + index }],
  }),
);

/** Rules that delete a service, change a weight and add a service. ipvsadm repeats them as fast as it can. */
const undoing = [
  '-D -t 10.0.0.1:1000',
  '-e -t 10.0.0.1:1001 -r 10.1.0.1:80 -m -w 99',
  '-A -t 10.0.0.1:999 -s rr',
].join('\n');

/** How many descriptors more are open than expected, once those with a pending read (50 ms) have been closed. */
async function descriptorsLeftOpen(expected: number): Promise<number> {
  for (let tries = 0; tries < 50 && openDescriptorCount() > expected; tries++) await setTimeout(20);
  return openDescriptorCount() - expected;
}

describe('reconciling in a guest', () => {
  before(() => addNamespace(name));
  after(() => deleteNamespace(name));

  it('outlasts a writer who keeps undoing part of the table, without spinning, and stops cleanly', async (t) => {
    const before = openDescriptorCount();
    const ipvs = await Ipvs.open({ netns });
    const runs: { start: number; end: number; foundDifferences: boolean }[] = [];
    const observedClient = {
      async plan(...parameters: Parameters<Ipvs['plan']>) {
        runs.push({ start: performance.now(), end: Number.POSITIVE_INFINITY, foundDifferences: false });
        const plan = await ipvs.plan(...parameters);
        const run = runs.at(-1)!;
        run.end = performance.now();
        run.foundDifferences = plan.operations.length > 0;
        return plan;
      },
      async apply(...parameters: Parameters<Ipvs['apply']>) {
        try {
          return await ipvs.apply(...parameters);
        } finally {
          runs.at(-1)!.end = performance.now();
        }
      },
    };
    const reconciler = reconcile(observedClient, [desired], {
      period: PAUSE,
      minimumPause: PAUSE,
      jitter: 0,
      backoff: { initial: PAUSE, maximum: 400 },
    });
    await once(reconciler, 'synced');
    let failures = 0;
    reconciler.on('failed', () => failures++);

    const writer = spawn(
      'ip',
      ['netns', 'exec', name, 'bash', '-c', `yes "${undoing}" | ipvsadm -R >/dev/null 2>&1`],
      { stdio: ['ignore', 'pipe', 'ignore'], detached: true },
    );
    const firstRun = runs.length;
    const requestsBefore = ipvs.stats.requests;
    const started = performance.now();
    await setTimeout(4000);
    process.kill(-writer.pid!, 'SIGKILL');
    await once(writer, 'close');
    const lasted = performance.now() - started;
    const during = runs.slice(firstRun);
    const requests = ipvs.stats.requests - requestsBefore;
    t.diagnostic(
      `${during.length} runs in ${Math.round(lasted)} ms, ${failures} of them in vain, with ${requests} requests`,
    );
    assert.ok(
      during.filter(({ foundDifferences }) => foundDifferences).length >= 2,
      'the writer is noticed, and noticed again',
    );
    assert.ok(during.length <= lasted / PAUSE + 1);
    // A timer may fire up to a millisecond early.
    for (const [index, { start }] of runs.slice(1).entries())
      assert.ok(start - runs[index]!.end >= PAUSE - 1);
    // A run reads the table at most four times and sends three plans, each with the operations that correct it.
    const mostPerRun = 4 * (SERVICES + 2) + 6 * (2 * SERVICES + 1);
    assert.ok(requests <= (during.length + 1) * mostPerRun);

    if (!reconciler.inSync) await once(reconciler, 'synced');
    while ((await ipvs.plan(desired)).operations.length > 0) await once(reconciler, 'synced');
    const runsOnceInSync = runs.length;
    await setTimeout(500);
    assert.ok(
      runs.slice(runsOnceInSync + 1).every(({ foundDifferences }) => !foundDifferences),
      'nothing is left to be done',
    );
    assert.ok(runs.length - runsOnceInSync <= 500 / PAUSE + 2);

    await reconciler.stop();
    const { requests: stopped } = ipvs.stats;
    const ended = runs.length;
    await setTimeout(4 * PAUSE);
    assert.deepEqual([ipvs.stats.requests, runs.length], [stopped, ended]);
    assert.deepEqual((await ipvs.plan(desired)).operations, []);
    await ipvs.close();
    assert.equal(await descriptorsLeftOpen(before), 0, 'descriptors');
  });
});
