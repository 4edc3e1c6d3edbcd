import assert from 'node:assert/strict';
import { familyNames } from '../../../../lib/capture/families.ts';
import {
  ByteView,
  DecodeError,
  decodeFamily,
  genericHeader,
  MessageWalker,
} from '../../../../protocol/index.ts';
import { outcomeOf } from '../../checks/outcomes.ts';
import { capturedDatagrams } from '../../seeds.ts';
import type { Target } from '../../target.ts';

export const target: Target = {
  format: { kind: 'messages' },
  coveredModules: ['protocol/genetlink/', 'lib/capture/families.js'],
  seeds: () => capturedDatagrams(),
  run(input) {
    const walker = new MessageWalker(new ByteView(input));
    outcomeOf([DecodeError], () => {
      while (walker.next()) {
        const { message } = walker;
        const header = outcomeOf([DecodeError], () => genericHeader(message));
        assert.equal('error' in header, message.end - message.payloadOffset < 4);
        const outcome = outcomeOf([DecodeError], () => decodeFamily(message));
        if ('error' in outcome) continue;
        const { id, name, operations, groups } = outcome.value;
        assert.ok(id >= 0 && id < 65536 && !name.includes('\0'));
        for (const one of [...operations, ...groups]) assert.ok(one.id >= 0 && one.id < 2 ** 32);
      }
    });
    const packet = { seconds: 0, nanoseconds: 0, netlinkProtocol: 16, originalLength: input.length };
    for (const direction of ['to-user', 'to-kernel'] as const) {
      const names = familyNames([{ ...packet, direction, bytes: input }]);
      assert.equal(names.get(16) !== undefined, true);
    }
  },
};
