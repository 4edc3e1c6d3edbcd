import assert from 'node:assert/strict';
import type { NameLookup } from '../../../lib/cli/names/names.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { runIpvs } from '../../lib/cli/run-ipvs.ts';
import { assertRun } from './run.ts';

/** A name service without any names. */
export const NO_NAMES: NameLookup = { addressOf: () => undefined, portOf: () => undefined };

/** The warning of -R that the port of a destination is not used. */
const UNUSED_PORT_WARNING = /^ipvs: line \d+: -r: port \d+ is not used: /;

/**
 * Checks that the saved rules of a kernel's table give the same table in another kernel. What rules cannot express is
 * reported when they are saved or when they are restored.
 */
export async function assertSavedTable(kernel: FakeKernel): Promise<void> {
  const saved = await runIpvs(kernel, '-Sn --lossless');
  assertRun(saved);
  if (saved.errors !== '') return;
  const other = new FakeKernel();
  const { status, errors } = await runIpvs(other, '-R', { input: saved.output });
  assert.equal(status, 0, `${errors}${saved.output}`);
  for (const line of errors.split('\n').slice(0, -1)) assert.match(line, UNUSED_PORT_WARNING);
  if (errors === '') assert.equal((await runIpvs(other, '-Sn --lossless')).output, saved.output);
}
