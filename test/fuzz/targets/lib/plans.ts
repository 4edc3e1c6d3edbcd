import assert from 'node:assert/strict';
import {
  DesiredFileError,
  type DesiredServices,
  DesiredStateError,
  IpvsSync,
  parseDesiredServices,
} from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { exampleFile, FILE_DICTIONARY } from '../../checks/desired-file.ts';
import { asyncOutcomeOf, outcomeOf } from '../../checks/outcomes.ts';
import type { Target } from '../../target.ts';

const SEPARATOR = '\n---\n';
/** Allows plans that remove most services of the table. */
const OPTIONS = { allowRemoval: 'any' } as const;
const example = JSON.stringify(exampleFile);

/**
 * Plans and applies a desired state. If no operation fails, nothing remains, and a second plan is empty, except for
 * unknown attributes.
 */
function apply(ipvs: IpvsSync, desired: DesiredServices): void {
  const outcome = outcomeOf([DesiredStateError], () => ipvs.plan(desired, OPTIONS));
  if ('error' in outcome) {
    // The only error that depends on the kernel's table: a destination that it lacks needs a forwarding method.
    for (const { path } of (outcome.error as DesiredStateError).errors)
      assert.equal(path.at(-1), 'forwarding');
    return;
  }
  const { failures, remaining } = ipvs.apply(outcome.value);
  if (failures.length > 0 || hasUnknownAttributes(desired)) return;
  assert.deepEqual(remaining.operations, []);
  assert.deepEqual(ipvs.plan(desired, OPTIONS).operations, []);
}

/** Whether a state has unknown attributes: they are sent, but a kernel that does not know them ignores them. */
function hasUnknownAttributes(desired: DesiredServices): boolean {
  return desired.flatMap((service) => [service, ...service.destinations]).some(({ unknown }) => unknown);
}

/** Desired-state files in JSON, applied one after the other. */
export const target: Target = {
  format: { kind: 'text', dictionary: [...FILE_DICTIONARY, SEPARATOR] },
  coveredModules: ['lib/ipvs/plan/', 'lib/ipvs/operations/batch.js'],
  seeds: () => [example, `${example}${SEPARATOR}{"services": []}`, `{"services": []}${SEPARATOR}${example}`],
  async run(input) {
    using ipvs = IpvsSync.open({ transport: new FakeKernel({ singleDump: 'nested' }).connect() });
    for (const text of Buffer.from(input).toString().split(SEPARATOR)) {
      const outcome = await asyncOutcomeOf([DesiredFileError], () => parseDesiredServices(text));
      if ('value' in outcome) apply(ipvs, outcome.value);
    }
  },
};
