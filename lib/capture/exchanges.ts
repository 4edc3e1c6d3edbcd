import { genericCommand, genericPayload } from '../../protocol/genetlink/index.ts';
import { Command, FAMILY_NAME, ipvsCodec } from '../../protocol/ipvs/index.ts';
import {
  ByteView,
  DecodeError,
  HEADER_LENGTH,
  LITTLE_ENDIAN,
  type Message,
  MessageFlag,
  MessageWalker,
} from '../../protocol/netlink/index.ts';
import type { FamilyNames } from '../describe/families.ts';
import { type CapturedPacket, isTruncated } from './capture.ts';
import { ipvsMeaning, requestMeaning, serviceLookupMeaning } from './meaning.ts';
import { outline, visitMessages } from './messages.ts';

/** A recorded request with the datagrams that answered it. */
export interface Exchange {
  /**
   * The request, see `requestMeaning`. Where the request was not recorded it is inferred from the replies;
   * `undefined` where they do not show it.
   */
  readonly meaning: string | undefined;
  /** The port id of the requester: 0 until a reply shows it. */
  readonly portId: number;
  /** Whether a last message (DONE, or NLMSG_ERROR) is due. */
  readonly endExpected: boolean;
  /** The whole messages of each reply. */
  readonly datagrams: readonly Uint8Array[];
  /** How many replies the snapshot length, or damage, cut off. */
  readonly cut: number;
  readonly ended: boolean;
}

/** An exchange while packets are still being read. */
type OpenExchange = { -readonly [Name in keyof Exchange]: Exchange[Name] } & {
  /** Position among the requests. */
  readonly index: number;
  readonly datagrams: Uint8Array[];
};

/**
 * Pairs the requests of a capture with their replies, by sequence number and port: a reply is to the
 * latest request that has not ended. Replies to a request that was not recorded make an exchange, too.
 * Takes time that grows with the number of packets alone, however often a sequence number comes.
 */
export function recordedExchanges(packets: readonly CapturedPacket[], families: FamilyNames): Exchange[] {
  const recorder = new Recorder();
  for (const packet of packets) {
    if (packet.direction === 'to-user') recorder.takeReply(packet);
    else visitMessages(packet, (message) => recorder.takeRequest(message, families));
  }
  for (const exchange of recorder.withoutRequest)
    exchange.meaning = meaningOfReplies(exchange.datagrams, families);
  return recorder.all;
}

class Recorder {
  readonly all: OpenExchange[] = [];
  readonly withoutRequest: OpenExchange[] = [];
  /** Exchanges by sequence number and port, the latest last; ended ones are removed when they are met. */
  readonly #open = new Map<string, OpenExchange[]>();

  takeRequest(message: Message, families: FamilyNames): void {
    const { flags, sequence, portId } = message;
    const dump = (flags & MessageFlag.DUMP) === MessageFlag.DUMP;
    const endExpected = dump || (flags & MessageFlag.ACK) !== 0;
    this.#add(requestMeaning(message, families), sequence, portId, endExpected);
  }

  takeReply(packet: CapturedPacket): void {
    const { bytes } = packet;
    if (bytes.length < HEADER_LENGTH) return;
    const { data } = new ByteView(bytes);
    const sequence = data.getUint32(8, LITTLE_ENDIAN);
    // A notification.
    if (sequence === 0) return;
    const exchange = this.#answered(sequence, data.getUint32(12, LITTLE_ENDIAN));
    const { length, damaged, ended } = outline(packet);
    if (ended) exchange.ended = true;
    if (length > 0) exchange.datagrams.push(bytes.subarray(0, length));
    if (damaged || isTruncated(packet)) exchange.cut++;
  }

  /** The exchange that a reply belongs to. */
  #answered(sequence: number, portId: number): OpenExchange {
    const own = this.#latest(sequence, portId);
    // Many programs leave the port of a request to the kernel.
    const unnamed = portId === 0 ? undefined : this.#latest(sequence, 0);
    if (unnamed === undefined || (own !== undefined && own.index > unnamed.index)) {
      if (own !== undefined) return own;
      const found = this.#add(undefined, sequence, portId, false);
      this.withoutRequest.push(found);
      return found;
    }
    this.#open.get(keyOf(sequence, 0))!.pop();
    unnamed.portId = portId;
    this.#push(sequence, unnamed);
    return unnamed;
  }

  #latest(sequence: number, portId: number): OpenExchange | undefined {
    const open = this.#open.get(keyOf(sequence, portId));
    while (open?.at(-1)?.ended === true) open.pop();
    return open?.at(-1);
  }

  #add(meaning: string | undefined, sequence: number, portId: number, endExpected: boolean): OpenExchange {
    const index = this.all.length;
    const exchange: OpenExchange = {
      meaning,
      portId,
      endExpected,
      index,
      datagrams: [],
      cut: 0,
      ended: false,
    };
    this.all.push(exchange);
    this.#push(sequence, exchange);
    return exchange;
  }

  #push(sequence: number, exchange: OpenExchange): void {
    const key = keyOf(sequence, exchange.portId);
    const open = this.#open.get(key);
    if (open === undefined) this.#open.set(key, [exchange]);
    else open.push(exchange);
  }
}

function keyOf(sequence: number, portId: number): string {
  return `${sequence} ${portId}`;
}

/** What the request must have been that IPVS answered with these messages; `undefined` where several fit. */
function meaningOfReplies(datagrams: readonly Uint8Array[], families: FamilyNames): string | undefined {
  let service: string | undefined;
  let multi = false;
  let withDestinations = false;
  let other: string | undefined;
  try {
    for (const datagram of datagrams) {
      const walker = new MessageWalker(new ByteView(datagram));
      while (walker.next()) {
        const { message } = walker;
        if (families.get(message.type) !== FAMILY_NAME) continue;
        const command = genericCommand(message);
        if (command === Command.NEW_SERVICE) {
          service ??= serviceLookupMeaning(message);
          multi ||= (message.flags & MessageFlag.MULTI) !== 0;
          const start = genericPayload(message);
          const values = ipvsCodec.decode('command', message.view, start, message.end);
          withDestinations ||= values.service?.destinations !== undefined;
        } else if (command === Command.NEW_DEST) withDestinations = true;
        else other = OTHER_REPLIES.get(command);
      }
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  if (service === undefined) return withDestinations ? undefined : other;
  if (!multi) return service;
  return ipvsMeaning(withDestinations ? Command.GET_SERVICE_DEST : Command.GET_SERVICE, 'dump');
}

const OTHER_REPLIES: ReadonlyMap<number, string> = new Map([
  [Command.SET_INFO, ipvsMeaning(Command.GET_INFO, 'do')],
  [Command.SET_CONFIG, ipvsMeaning(Command.GET_CONFIG, 'do')],
  [Command.NEW_DAEMON, ipvsMeaning(Command.GET_DAEMON, 'dump')],
]);
