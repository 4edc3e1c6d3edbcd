import assert from 'node:assert/strict';
import { ByteView, DecodeError, MessageWalker } from '../../../../protocol/index.ts';
import { outcomeOf } from '../../checks/outcomes.ts';
import { referenceMessages } from '../../checks/reference-messages.ts';
import { capturedDatagrams } from '../../seeds.ts';
import type { Target } from '../../target.ts';

function walked(bytes: Uint8Array): ReturnType<typeof referenceMessages> {
  const walker = new MessageWalker(new ByteView(bytes));
  const found: ReturnType<typeof referenceMessages>[0] = [];
  const outcome = outcomeOf([DecodeError], () => {
    while (walker.next()) {
      const { type, flags, sequence, portId, offset, end } = walker.message;
      found.push({ type, flags, sequence, portId, start: offset, end });
    }
  });
  return [found, 'error' in outcome];
}

export const target: Target = {
  format: { kind: 'messages' },
  coveredModules: ['protocol/netlink/messages/messages.js', 'protocol/netlink/messages/byte-view.js'],
  seeds: () => [...capturedDatagrams(), ...capturedDatagrams(0)],
  run(input) {
    assert.deepEqual(walked(input), referenceMessages(Buffer.from(input)));
  },
};
