import { decodeDestination, type Family } from '../../../../protocol/index.ts';
import { withCounterValues } from '../../../protocol/ipvs/service-nests.ts';
import { referenceDestination } from '../../../protocol/reference-decoder.ts';
import { assertSame, recordModules } from '../../checks/against-reference.ts';
import { selected } from '../../checks/selector.ts';
import { capturedNests } from '../../seeds.ts';
import type { Target } from '../../target.ts';

/** IPVS_CMD_NEW_DEST and IPVS_CMD_SET_DEST. */
const DESTINATION_COMMANDS = [5, 6];

export const target: Target = {
  format: { kind: 'attributes', headerLength: 0 },
  coveredModules: [...recordModules, 'protocol/ipvs/records/destination-record.js'],
  seeds: () => capturedNests(DESTINATION_COMMANDS, 2),
  run(input) {
    const family = selected<Family>(input, ['ipv4', 'ipv6']);
    assertSame(
      input,
      (view, start, end) => withCounterValues(decodeDestination(view, start, end, family)),
      (bytes) => referenceDestination(bytes, family),
    );
  },
};
