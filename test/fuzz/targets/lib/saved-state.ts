import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SavedState, StateFile } from '../../../../lib/reconciler/saved-state.ts';
import { IpvsNetlinkError } from '../../../../protocol/index.ts';
import { exampleFile } from '../../checks/desired-file.ts';
import { asyncOutcomeOf } from '../../checks/outcomes.ts';
import type { Target } from '../../target.ts';

const DRAIN = '{"service":"tcp 192.0.2.1:80","destination":"198.51.100.7:8080","since":1700000000000}';
const STATE = `{"version":1,"drains":[${DRAIN}],"confirmed":"abc","source":"revision 7","readAt":1700000000001,"last":${JSON.stringify(exampleFile)}}`;

/** Returns a state without the names of services, which are not saved. */
function saved({ lastGood, ...others }: SavedState): unknown {
  if (lastGood === undefined) return others;
  const { names: _names, ...state } = lastGood.state;
  return { ...others, lastGood: { ...lastGood, state } };
}

export const target: Target = {
  format: {
    kind: 'text',
    dictionary: [...new Set(STATE.split(/(?<=[{}[\],:])/))].concat('null', 'true', '1e999'),
  },
  coveredModules: ['lib/reconciler/saved-state.js'],
  seeds: () => [STATE, `{"version":1,"drains":[${DRAIN}]}`, '{"version":1,"drains":[]}'],
  async run(input) {
    const folder = mkdtempSync(join(tmpdir(), 'ipvs-fuzz-'));
    try {
      const path = join(folder, 'state.json');
      writeFileSync(path, input);
      const outcome = await asyncOutcomeOf([IpvsNetlinkError], () => new StateFile(path).read());
      if ('error' in outcome) return;
      new StateFile(path).write(outcome.value);
      assert.deepEqual(saved(await new StateFile(path).read()), saved(outcome.value));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
