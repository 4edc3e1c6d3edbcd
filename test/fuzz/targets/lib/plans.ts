import assert from 'node:assert/strict';
import {
  DesiredFileError,
  type DesiredState,
  DesiredStateError,
  IpvsSync,
  parseDesiredState,
} from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { exampleFile, FILE_WORDS } from '../../checks/desired-table.ts';
import { asyncOutcomeOf, outcomeOf } from '../../checks/outcomes.ts';
import type { Target } from '../../target.ts';

const BETWEEN = '\n---\n';
/** Tables may lose most of their services. */
const ALL = { allowRemoval: 'any' } as const;
const example = JSON.stringify(exampleFile);

/** Applies a table; what the kernel took is then the table, and a second look finds nothing to do. */
function apply(ipvs: IpvsSync, desired: DesiredState): void {
  const outcome = outcomeOf([DesiredStateError], () => ipvs.plan(desired, ALL));
  if ('error' in outcome) {
    // All that only the table can tell.
    for (const { path } of (outcome.error as DesiredStateError).errors)
      assert.equal(path.at(-1), 'forwarding');
    return;
  }
  const { failures, remaining } = ipvs.apply(outcome.value);
  if (failures.length > 0 || hasWhatNoKernelKeeps(desired)) return;
  assert.deepEqual(remaining.operations, []);
  assert.deepEqual(ipvs.plan(desired, ALL).operations, []);
}

/** Attributes without a name are sent, and a kernel that does not know them forgets them. */
function hasWhatNoKernelKeeps(desired: DesiredState): boolean {
  return desired.flatMap((service) => [service, ...service.destinations]).some(({ unknown }) => unknown);
}

/** Files in JSON, applied one after the other. */
export const target: Target = {
  format: { kind: 'text', words: [...FILE_WORDS, BETWEEN] },
  modules: ['lib/ipvs/plan/', 'lib/ipvs/operations/batch.js'],
  seeds: () => [example, `${example}${BETWEEN}{"services": []}`, `{"services": []}${BETWEEN}${example}`],
  async run(input) {
    using ipvs = IpvsSync.open({ transport: new FakeKernel({ singleDump: 'nested' }).connect() });
    for (const text of Buffer.from(input).toString().split(BETWEEN)) {
      const outcome = await asyncOutcomeOf([DesiredFileError], () => parseDesiredState(text));
      if ('value' in outcome) apply(ipvs, outcome.value);
    }
  },
};
