import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedCall } from '../../../lib/http/index.ts';

test('calls at the same time share one run, later ones and those after a failure start anew', async () => {
  let runs = 0;
  const call = sharedCall(async () => {
    runs++;
    await null;
    if (runs === 2) throw new Error('the second fails');
    return runs;
  });
  assert.deepEqual(await Promise.all([call(), call(), call()]), [1, 1, 1]);
  const failed = await Promise.allSettled([call(), call()]);
  assert.deepEqual(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(await call(), 3);
});
