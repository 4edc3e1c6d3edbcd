import { printable } from '../../../protocol/netlink/text/printable.ts';
import { type CapturedPacket, isTruncated } from '../../capture/capture.ts';
import { familyNames } from '../../capture/families.ts';
import { visitMessages } from '../../capture/messages.ts';
import { describeLines } from '../../describe/describe-lines.ts';
import { describeMessage } from '../../describe/describe-message.ts';
import { ipvsSpec } from '../../describe/ipvs-spec.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { System } from '../system.ts';
import { RECORDING_ADVICE, readCaptureFile } from './capture-file.ts';

/**
 * Prints every netlink message of a capture. Throws a CommandError that names the file if it holds no
 * netlink traffic, or, after all complete messages have been printed, if it is malformed or truncated.
 */
export function decodeCapture(path: string, system: System): void {
  const { packets, problem } = readCaptureFile(path);
  const families = familyNames(packets);
  const first = packets[0];
  for (const packet of packets) {
    const lines = [`${elapsed(first!, packet)} ${packet.direction}, ${lengthText(packet)}`];
    const { netlinkProtocol } = packet;
    const specs = [ipvsSpec];
    const malformed = visitMessages(packet, (message) => {
      for (const line of describeLines(describeMessage(message, { families, netlinkProtocol, specs })))
        lines.push(`  ${line}`);
    });
    if (malformed !== undefined) lines.push(`  ${malformed.message}`);
    system.write(`${lines.map(printable).join('\n')}\n`);
  }
  const truncated = packets.filter(isTruncated).length;
  const problems = problem === undefined ? [] : [problem.message];
  if (packets.length === 0 && problem === undefined) problems.push('the capture is empty');
  if (truncated > 0)
    problems.push(
      `the snapshot length truncated ${truncated} of ${packets.length} packets; ${RECORDING_ADVICE}`,
    );
  if (problems.length > 0) throw new CommandError(`${path}: ${problems.join('; ')}`, Status.READ_FAILED);
}

function lengthText(packet: CapturedPacket): string {
  const { bytes, originalLength } = packet;
  return isTruncated(packet)
    ? `${bytes.length} of ${originalLength} bytes (truncated by the snapshot length)`
    : `${bytes.length} bytes`;
}

/** Returns the seconds between two packets, to the microsecond. */
function elapsed(first: CapturedPacket, packet: CapturedPacket): string {
  const nanoseconds = packet.nanoseconds - first.nanoseconds;
  return (packet.seconds - first.seconds + nanoseconds / 1e9).toFixed(6);
}
