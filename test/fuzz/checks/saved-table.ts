import assert from 'node:assert/strict';
import type { Names } from '../../../lib/cli/names/names.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { runIpvs } from '../../lib/cli/run-ipvs.ts';
import { assertRun } from './run.ts';

/** Knows neither hosts nor ports by name. */
export const NO_NAMES: Names = { addressOf: () => undefined, portOf: () => undefined };

/** Checks that the rules of a kernel's table make the same table elsewhere. */
export async function assertSavedTable(kernel: FakeKernel): Promise<void> {
  const saved = await runIpvs(kernel, '-Sn --lossless');
  assertRun(saved);
  const other = new FakeKernel();
  const restored = await runIpvs(other, '-R', { input: saved.output });
  assert.deepEqual([restored.status, restored.errors], [0, ''], saved.output);
  assert.equal((await runIpvs(other, '-Sn --lossless')).output, saved.output);
}
