import { CaptureWriter } from '../../../../lib/capture/pcap.ts';
import { HOST_IS_LITTLE_ENDIAN, MessageFlag } from '../../../../protocol/index.ts';
import { assertCommandOutput } from '../../checks/command-output.ts';
import { readMessages, write } from '../../mutation/netlink-tree.ts';
import { capturedTraffic } from '../../seeds.ts';
import type { Target } from '../../target.ts';

/** A bit of the flags, unused by netlink, that decides whether a packet is captured truncated. */
const TRUNCATED = 0x40;

/** Captures of messages: each message is a packet of its own, and some are truncated. */
export const target: Target = {
  format: { kind: 'messages' },
  coveredModules: ['lib/capture/', 'lib/cli/capture/'],
  seeds: () => capturedTraffic(),
  async run(input) {
    const writer = new CaptureWriter();
    for (const part of readMessages(input)) {
      const bytes = write([part]);
      const flags = HOST_IS_LITTLE_ENDIAN ? (bytes[6] ?? 0) : (bytes[7] ?? 0);
      const direction = (flags & MessageFlag.REQUEST) === 0 ? 'to-user' : 'to-kernel';
      const originalLength = (flags & TRUNCATED) === 0 ? bytes.length : bytes.length + 4;
      writer.write({ seconds: 1, nanoseconds: 0, direction, netlinkProtocol: 16, bytes, originalLength });
    }
    await assertCommandOutput(writer.bytes());
  },
};
