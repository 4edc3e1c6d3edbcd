import { decodeService } from '../../../../protocol/index.ts';
import { withCounterValues } from '../../../protocol/ipvs/service-nests.ts';
import { referenceService } from '../../../protocol/reference-decoder.ts';
import { assertSame, recordModules } from '../../checks/against-reference.ts';
import { capturedNests } from '../../seeds.ts';
import type { Target } from '../../target.ts';

/** IPVS_CMD_NEW_SERVICE and IPVS_CMD_SET_SERVICE. */
const SERVICE_COMMANDS = [1, 2];

export const target: Target = {
  format: { kind: 'attributes', headerLength: 0 },
  coveredModules: [...recordModules, 'protocol/ipvs/records/service-record.js'],
  seeds: () => capturedNests(SERVICE_COMMANDS, 1),
  run(input) {
    assertSame(
      input,
      (view, start, end) => withCounterValues(decodeService(view, start, end)),
      (bytes) => referenceService(bytes),
    );
  },
};
