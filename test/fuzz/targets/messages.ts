import assert from 'node:assert/strict';
import { ByteView, DecodeError, MessageWalker } from '../../../protocol/index.ts';
import { outcomeOf } from '../checks/outcomes.ts';
import { recordedDatagrams } from '../seeds.ts';
import type { Target } from '../target.ts';

type Numbers = readonly number[];

/** Type, flags, sequence, port and bounds of each message, and whether a length did not fit. */
function walked(bytes: Uint8Array): readonly [messages: Numbers[], malformed: boolean] {
  const walker = new MessageWalker(new ByteView(bytes));
  const { message } = walker;
  const found: Numbers[] = [];
  const outcome = outcomeOf([DecodeError], () => {
    while (walker.next())
      found.push([
        message.type,
        message.flags,
        message.sequence,
        message.portId,
        message.payload,
        message.end,
      ]);
  });
  return [found, 'error' in outcome];
}

/** The same by the kernel's rule (`NLMSG_OK`, `NLMSG_NEXT`). */
function plainlyWalked(bytes: Buffer): ReturnType<typeof walked> {
  const found: Numbers[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.length - at < 16 ? 0 : bytes.readUInt32LE(at);
    if (length < 16 || at + length > bytes.length) return [found, true];
    const [type, flags] = [bytes.readUInt16LE(at + 4), bytes.readUInt16LE(at + 6)];
    found.push([type, flags, bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12), at + 16, at + length]);
    at += Math.ceil(length / 4) * 4;
  }
  return [found, false];
}

export const target: Target = {
  format: { kind: 'messages' },
  modules: ['protocol/netlink/messages.js', 'protocol/netlink/byte-view.js'],
  seeds: () => [...recordedDatagrams(), ...recordedDatagrams(0)],
  run(input) {
    assert.deepEqual(walked(input), plainlyWalked(Buffer.from(input)));
  },
};
