import { describeLines, describeMessage } from '../../capture/describe.ts';
import { learnFamilies } from '../../capture/families.ts';
import { visitMessages } from '../../capture/messages.ts';
import type { CapturedPacket } from '../../capture/pcap.ts';
import { printable } from '../../text/printable.ts';
import type { System } from '../system.ts';
import { readCaptureFile } from './capture-file.ts';

/** Prints every netlink message of a capture. Throws a CommandLineError for a file that is none. */
export function decodeCapture(path: string, system: System): void {
  const { packets } = readCaptureFile(path);
  const families = learnFamilies(packets);
  const start = packets[0];
  for (const packet of packets) {
    const lines = [`${elapsed(start!, packet)} ${packet.direction}, ${packet.bytes.length} bytes`];
    const { protocolFamily } = packet;
    const problem = visitMessages(packet, (message) => {
      for (const line of describeLines(describeMessage(message, { families, protocolFamily })))
        lines.push(`  ${line}`);
    });
    if (problem !== undefined) lines.push(`  ${problem.message}`);
    system.write(`${lines.map(printable).join('\n')}\n`);
  }
}

/** Seconds since the first packet, to the microsecond. */
function elapsed(first: CapturedPacket, packet: CapturedPacket): string {
  const nanoseconds = packet.nanoseconds - first.nanoseconds;
  return (packet.seconds - first.seconds + nanoseconds / 1e9).toFixed(6);
}
