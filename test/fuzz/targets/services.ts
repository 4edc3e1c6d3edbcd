import { decodeService } from '../../../protocol/index.ts';
import { shown } from '../../protocol/ipvs/service-nests.ts';
import { plainService } from '../../protocol/plain-decoder.ts';
import { assertSame } from '../checks/against-plain.ts';
import { recordedNests } from '../seeds.ts';
import type { Target } from '../target.ts';

const SERVICES = [1, 2];

export const target: Target = {
  format: { kind: 'attributes', head: 0 },
  modules: [
    'protocol/ipvs/decode',
    'protocol/ipvs/counters.js',
    'protocol/ipvs/records/aligned.js',
    'protocol/ipvs/records/decode-records.js',
    'protocol/ipvs/records/names.js',
    'protocol/ipvs/records/record-',
    'protocol/ipvs/records/service-record.js',
  ],
  seeds: () => recordedNests(SERVICES, 1),
  run(input) {
    assertSame(
      input,
      (view, start, end) => shown(decodeService(view, start, end)),
      (bytes) => plainService(bytes),
    );
  },
};
