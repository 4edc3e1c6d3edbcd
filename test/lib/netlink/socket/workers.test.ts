import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Connection } from '../../../../lib/netlink/connection/connection.ts';
import { listRoutes } from '../../../../lib/netlink/families/route.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { openDescriptorCount } from '../../descriptors.ts';
import type { Ending } from './worker-without-close.ts';

const WORKERS = 2;
const WAIT_LIMIT = 60_000;

/** Waits until this process has `expected` descriptors, and returns how many it has then or at the limit. */
async function awaitDescriptors(expected: number): Promise<number> {
  const until = performance.now() + WAIT_LIMIT;
  while (openDescriptorCount() !== expected && performance.now() < until) await sleep(10);
  return openDescriptorCount();
}

describe('a worker that ends without closing leaves no descriptor behind', () => {
  for (const ending of ['terminate', 'exit', 'throw', 'return'] as const satisfies readonly Ending[]) {
    it(ending, async () => {
      const connection = await Connection.open({ protocol: NetlinkProtocol.ROUTE });
      for (let dumps = 0; dumps < 3; dumps++) await connection.run(listRoutes());
      await connection.close();
      const before = openDescriptorCount();
      const script = new URL('./worker-without-close.js', import.meta.url);
      await Promise.all(
        Array.from({ length: WORKERS }, async (_, index) => {
          const worker = new Worker(script, { workerData: ending });
          worker.on('error', () => undefined);
          const exit = once(worker, 'exit').catch(() => undefined);
          await Promise.race([once(worker, 'message').catch(() => undefined), exit]);
          await sleep(3 * index);
          if (ending === 'terminate') await worker.terminate();
          await exit;
        }),
      );
      assert.equal(await awaitDescriptors(before), before);
    });
  }
});

it('two workers use netlink at once', async () => {
  const script = new URL('./netlink-worker.js', import.meta.url);
  const answers = [0, 1].map(async () => {
    const worker = new Worker(script);
    const exit = once(worker, 'exit');
    const [answer] = (await once(worker, 'message')) as [number];
    await exit;
    return answer;
  });
  assert.deepEqual(await Promise.all(answers), [2001, 2001]);
});
