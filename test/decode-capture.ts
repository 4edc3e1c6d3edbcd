import type { Capture, CapturedPacket } from '../lib/capture/capture.ts';
import { learnFamilies } from '../lib/capture/families.ts';
import { visitMessages } from '../lib/capture/messages.ts';
import { type DescribedMessage, describeMessage } from '../lib/describe/describe-message.ts';
import { ipvsTable } from '../lib/describe/ipvs-table.ts';
import { NetlinkProtocol } from '../protocol/netlink/index.ts';

/** What a fixture's datagram is expected to decode to. */
export interface DecodedPacket {
  readonly direction: CapturedPacket['direction'];
  readonly messages: readonly DescribedMessage[];
}

/**
 * The generic netlink datagrams of a capture, decoded. Other protocols are left out: the guest's own
 * routing messages are recorded too.
 */
export function decodeCapture(capture: Capture): DecodedPacket[] {
  const families = learnFamilies(capture.packets);
  return capture.packets
    .filter(({ protocolFamily }) => protocolFamily === NetlinkProtocol.GENERIC)
    .map((packet) => {
      const messages: DescribedMessage[] = [];
      const problem = visitMessages(packet, (message) =>
        messages.push(describeMessage(message, { families, tables: [ipvsTable] })),
      );
      if (problem !== undefined) throw problem;
      return { direction: packet.direction, messages };
    });
}
