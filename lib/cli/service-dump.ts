import { beginGenericMessage } from '../../protocol/genetlink/index.ts';
import { Command, FAMILY_VERSION, ipvsAttributes, type ServiceRecords } from '../../protocol/ipvs/index.ts';
import { ByteView, MessageFlag, MessageWriter } from '../../protocol/netlink/index.ts';
import type { Transport } from '../netlink/socket/transport.ts';
import { DumpParts, type RawObject, UnexpectedReply } from './dump-parts.ts';

/** Twice what the kernel fills (rule 9). Large, as a dump of services starts over for each part. */
const READ_ROOM = 65536;
const SEQUENCE = 1;

/**
 * Reads all services into `records` and yields after each part. Nothing may be pending on `transport`; `family` is
 * the message type of the family IPVS. Throws an UnexpectedReply and a SystemCallError.
 */
export function* dumpServices(
  transport: Transport,
  family: number,
  records: ServiceRecords,
): Generator<void, void, void> {
  const { portId } = transport;
  transport.send(request(family, portId));
  const parts = new DumpParts(family, ipvsAttributes.command.service[0]);
  const buffer = new ByteView(new Uint8Array(READ_ROOM));
  for (let ended = false; !ended; ) {
    const length = transport.receive(buffer.bytes);
    if (length < 0) throw new UnexpectedReply('there is no reply');
    if (length >= READ_ROOM) throw new UnexpectedReply('the datagram may have been cut off');
    const objects: RawObject[] = [];
    ended = parts.take(buffer, 0, length, SEQUENCE, portId, objects);
    for (const { view, start, end } of objects) records.addService(view, start, end);
    yield;
  }
}

function request(family: number, portId: number): Uint8Array {
  const writer = new MessageWriter();
  const flags = MessageFlag.REQUEST | MessageFlag.ACK | MessageFlag.DUMP;
  const header = { type: family, flags, sequence: SEQUENCE, portId };
  const generic = { command: Command.GET_SERVICE, version: FAMILY_VERSION };
  const message = beginGenericMessage(writer, header, generic);
  writer.endMessage(message);
  return writer.bytes;
}
