import { beginGenericMessage, GENERIC_HEADER_LENGTH } from '../../protocol/genetlink/index.ts';
import { Command, FAMILY_VERSION, ipvsAttributes } from '../../protocol/ipvs/index.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  HEADER_LENGTH,
  MessageFlag,
  MessageWriter,
} from '../../protocol/netlink/index.ts';
import type { ListedService } from './service-dump.ts';

const KEY = HEADER_LENGTH + GENERIC_HEADER_LENGTH + ATTRIBUTE_HEADER_LENGTH;

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
const SEQUENCE_WORD = 2;

/**
 * Makes a GET_DEST dump for each service. Sequence numbers count from 1. `family` is the message type of
 * the family IPVS.
 */
export function destinationRequests(services: readonly ListedService[], family: number): DestinationRequests {
  let longest = 0;
  for (const { key } of services) longest = Math.max(longest, key.bytes.length);
  const stride = KEY + longest;
  const words = new Int32Array(new SharedArrayBuffer(stride * services.length));
  let begin: Int32Array = new Int32Array(0);
  let length = -1;
  for (let index = 0; index < services.length; index++) {
    const { key } = services[index]!;
    const keyLength = key.bytes.length;
    if (keyLength !== length) {
      begin = beginningOfRequest(family, keyLength);
      length = keyLength;
    }
    const at = (index * stride) >> 2;
    const to = at + begin.length;
    for (let word = 0; word < begin.length; word++) words[at + word] = begin[word]!;
    words[at + SEQUENCE_WORD] = index + 1;
    for (let word = 0; word < keyLength >> 2; word++) words[to + word] = key.words[word]!;
  }
  return { bytes: new Uint8Array(words.buffer), words, stride, count: services.length };
}

/** All that comes before the identifying attributes; alike for all that are of one length. */
function beginningOfRequest(family: number, keyLength: number): Int32Array {
  const writer = new MessageWriter();
  const flags = MessageFlag.REQUEST | MessageFlag.ACK | MessageFlag.DUMP;
  const header = { type: family, flags, sequence: 0, portId: 0 };
  const message = beginGenericMessage(writer, header, { command: Command.GET_DEST, version: FAMILY_VERSION });
  const nest = writer.beginAttribute(ipvsAttributes.command.service[0]);
  writer.raw(new Uint8Array(keyLength));
  writer.endAttribute(nest);
  writer.endMessage(message);
  return new Int32Array(writer.bytes.slice().buffer, 0, KEY >> 2);
}
