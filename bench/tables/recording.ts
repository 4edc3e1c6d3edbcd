import { CaptureWriter } from '../../lib/capture/pcap.ts';
import { PcapMagic } from '../../lib/capture/pcap-frames.ts';
import {
  ByteView,
  beginGenericMessage,
  Command,
  FAMILY_VERSION,
  MessageFlag,
  MessageType,
  MessageWalker,
  MessageWriter,
  NetlinkProtocol,
} from '../../protocol/index.ts';
import type { Datagrams } from './datagrams.ts';

/**
 * Returns a single dump as a pcap file of the request and its replies, with timestamps in microseconds, which
 * every program can read. Throws if the datagrams contain no reply.
 */
export function recordingFile({ bytes, bounds }: Datagrams): Uint8Array {
  const packet = { seconds: 0, nanoseconds: 0, netlinkProtocol: NetlinkProtocol.GENERIC };
  const writer = new CaptureWriter();
  writer.write({ ...packet, direction: 'to-kernel', bytes: requestOf({ bytes, bounds }) });
  for (const { start, end } of bounds)
    writer.write({ ...packet, direction: 'to-user', bytes: bytes.subarray(start, end) });
  const file = writer.bytes();
  new DataView(file.buffer).setUint32(0, PcapMagic.MICROSECONDS, true);
  return file;
}

/** Returns the request to which these datagrams are the reply. */
function requestOf({ bytes, bounds }: Datagrams): Uint8Array {
  const view = new ByteView(bytes);
  for (const { start, end } of bounds) {
    const walker = new MessageWalker(view, start, end);
    while (walker.next()) {
      const { type, sequence, portId } = walker.message;
      if (type < MessageType.MIN) continue;
      const writer = new MessageWriter();
      const flags = MessageFlag.REQUEST | MessageFlag.ACK | MessageFlag.DUMP;
      const generic = { command: Command.GET_SERVICE_DEST, version: FAMILY_VERSION };
      writer.endMessage(beginGenericMessage(writer, { type, flags, sequence, portId }, generic));
      return writer.copy();
    }
  }
  throw new Error('the datagrams contain no reply to a dump');
}
