import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAM = fileURLToPath(new URL('./dumping-program.js', import.meta.url));
const SERVICES = 1500;

/** What the program prints; fails if it does not exit in time, successfully and without error output. */
async function run(
  situation: string,
  client: 'sync' | 'async' = 'async',
): Promise<{ results: (number | string)[]; threadStartAttempts: number }> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, situation, client], {
    timeout: 300_000,
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

describe('a process with a read-ahead thread', { concurrency: 2 }, () => {
  for (const situation of [
    'nothing special',
    'in a worker',
    'exits in the middle',
    'the thread cannot be started',
    'the file of the thread cannot be read',
  ])
    it(`gets every dump complete, and exits on its own: ${situation}`, async () => {
      assert.deepEqual(await run(situation), {
        results: new Array(5).fill(SERVICES),
        threadStartAttempts: 1,
      });
    });

  it('does not try to start the thread in a bundle, which lacks its file', async () => {
    assert.deepEqual(await run('in a bundle'), {
      results: new Array(5).fill(SERVICES),
      threadStartAttempts: 0,
    });
  });

  it('exits on its own right after the thread was started', async () => {
    assert.deepEqual(await run('right after its start'), {
      results: [SERVICES, SERVICES],
      threadStartAttempts: 1,
    });
  });

  for (const client of ['async', 'sync'] as const)
    it(`reports lost replies when the thread ends while it reads a dump, and goes on without it: ${client}`, {
      skip: client === 'sync' && availableParallelism() === 1 && 'there is one processor',
    }, async () => {
      const { results, threadStartAttempts } = await run('thread ends while it reads', client);
      const complete = new Array(results.length - 3).fill(SERVICES);
      assert.deepEqual(results, [...complete, 'ERR_REPLY_LOST', SERVICES, SERVICES]);
      assert.equal(threadStartAttempts, 1);
    });
});
