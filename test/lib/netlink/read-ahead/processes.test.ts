import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAM = fileURLToPath(new URL('./dumping-program.js', import.meta.url));
const SERVICES = 1500;

/** What the program prints; fails if it does not exit in time, successfully and without error output. */
async function run(situation: string): Promise<{ found: (number | string)[]; started: number }> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, situation], {
    timeout: 300_000,
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

describe('a process with a reading thread', { concurrency: 2 }, () => {
  for (const situation of ['nothing', 'in a worker', 'exits in the middle', 'no threads', 'no file'])
    it(`gets every dump complete, and exits on its own: ${situation}`, async () => {
      assert.deepEqual(await run(situation), { found: new Array(5).fill(SERVICES), started: 1 });
    });

  it('exits on its own right after the thread was started', async () => {
    assert.deepEqual(await run('right after its start'), { found: [SERVICES, SERVICES], started: 1 });
  });

  it('reports lost replies when the thread ends while it reads a dump, and goes on without it', async () => {
    const { found, started } = await run('thread ends while it reads');
    assert.equal(found.length, 8);
    assert.deepEqual([...new Set(found)].sort(), [SERVICES, 'ERR_REPLY_LOST']);
    assert.equal(found.filter((one) => one === 'ERR_REPLY_LOST').length, 1);
    assert.equal(found.at(-1), SERVICES);
    assert.equal(started, 1);
  });
});
