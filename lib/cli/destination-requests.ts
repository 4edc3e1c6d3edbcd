import { beginGenericMessage, GENERIC_HEADER_LENGTH } from '../../protocol/genetlink/index.ts';
import { Command, FAMILY_VERSION, ipvsAttributes, type ServiceRecords } from '../../protocol/ipvs/index.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  HEADER_LENGTH,
  MessageFlag,
  MessageWriter,
} from '../../protocol/netlink/index.ts';

/** The longest key: family, protocol, address and port with their headers. */
const KEY_LENGTH = 44;
const STRIDE = HEADER_LENGTH + GENERIC_HEADER_LENGTH + ATTRIBUTE_HEADER_LENGTH + KEY_LENGTH;
const FLAGS = MessageFlag.REQUEST | MessageFlag.ACK | MessageFlag.DUMP;
const GET_DEST = { command: Command.GET_DEST, version: FAMILY_VERSION };

/** Requests for the destinations of services, in memory that threads share. */
export interface DestinationRequests {
  readonly bytes: Uint8Array;
  /** The same bytes as words. */
  readonly words: Int32Array;
  /** How far apart the requests are, in bytes. Each begins with its length, like every message. */
  readonly stride: number;
  readonly count: number;
}

/** Where in a message's header the port id of its sender is, in words: who sends a request puts it in. */
export const PORT_WORD = 3;

/**
 * Makes a GET_DEST dump for each service. Sequence numbers count from 1. `family` is the message type of
 * the family IPVS.
 */
export function destinationRequests(services: ServiceRecords, family: number): DestinationRequests {
  const words = new Int32Array(new SharedArrayBuffer(STRIDE * services.length));
  const bytes = new Uint8Array(words.buffer);
  const writer = new MessageWriter(STRIDE);
  const cursor = services.cursor();
  while (cursor.nextService()) {
    writer.reset();
    const header = { type: family, flags: FLAGS, sequence: cursor.index + 1, portId: 0 };
    const message = beginGenericMessage(writer, header, GET_DEST);
    const nest = writer.beginAttribute(ipvsAttributes.command.service[0]);
    cursor.service.writeKey(writer);
    writer.endAttribute(nest);
    writer.endMessage(message);
    bytes.set(writer.bytes, STRIDE * cursor.index);
  }
  return { bytes, words, stride: STRIDE, count: services.length };
}
