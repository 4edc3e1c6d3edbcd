import { genericCommand, genericPayload } from '../../protocol/genetlink/index.ts';
import { Command, FAMILY_NAME, ipvsCodec } from '../../protocol/ipvs/index.ts';
import {
  ByteView,
  DecodeError,
  HEADER_LENGTH,
  HOST_IS_LITTLE_ENDIAN,
  type Message,
  MessageFlag,
  MessageWalker,
} from '../../protocol/netlink/index.ts';
import type { FamilyNames } from '../describe/families.ts';
import { type CapturedPacket, isTruncated } from './capture.ts';
import { summarizeHeaders, visitMessages } from './messages.ts';
import { ipvsRequestKey, requestKey, serviceRequestKey } from './request-key.ts';

/** A request in a capture, with its replies. */
export interface RecordedRequest {
  /**
   * The key of the request, see the function `requestKey`. If only the replies were captured, it is inferred
   * from them; `undefined` if that is not possible.
   */
  readonly requestKey: string | undefined;
  /** The port id of the requester; 0 if neither the request nor a reply has it. */
  readonly portId: number;
  /** Whether the replies must end with NLMSG_DONE or NLMSG_ERROR. */
  readonly endExpected: boolean;
  /** For each datagram received in reply, its complete messages. */
  readonly datagrams: readonly Uint8Array[];
  /** Number of datagrams that are truncated or malformed. */
  readonly damagedDatagrams: number;
  /** Whether NLMSG_DONE or NLMSG_ERROR was captured. */
  readonly ended: boolean;
}

/** A request whose replies are still being collected. */
type RequestBuilder = { -readonly [Name in keyof RecordedRequest]: RecordedRequest[Name] } & {
  /** Index in the order of the capture. */
  readonly index: number;
  readonly datagrams: Uint8Array[];
};

/**
 * Pairs the requests of a capture with their replies by sequence number and port id: a datagram belongs to the
 * latest unfinished request with the same two numbers. Replies to a request that was not captured make an entry of
 * their own. Takes time in proportion to the number of packets, however often a sequence number is used.
 */
export function recordedRequests(
  packets: readonly CapturedPacket[],
  families: FamilyNames,
): RecordedRequest[] {
  const matcher = new RequestMatcher();
  for (const packet of packets) {
    if (packet.direction === 'to-user') matcher.addReplyDatagram(packet);
    else visitMessages(packet, (message) => matcher.addRequest(message, families));
  }
  for (const request of matcher.repliesOnly)
    request.requestKey = requestKeyOfReplies(request.datagrams, families);
  return matcher.all;
}

class RequestMatcher {
  readonly all: RequestBuilder[] = [];
  /** Requests of which only replies were captured. */
  readonly repliesOnly: RequestBuilder[] = [];
  /**
   * Requests by sequence number and port id, the latest last; completed requests are removed lazily, at the next
   * lookup.
   */
  readonly #pending = new Map<string, RequestBuilder[]>();

  addRequest(message: Message, families: FamilyNames): void {
    const { flags, sequence, portId } = message;
    const dump = (flags & MessageFlag.DUMP) === MessageFlag.DUMP;
    const endExpected = dump || (flags & MessageFlag.ACK) !== 0;
    this.#add(requestKey(message, families), sequence, portId, endExpected);
  }

  addReplyDatagram(packet: CapturedPacket): void {
    const { bytes } = packet;
    if (bytes.length < HEADER_LENGTH) return;
    const { data } = new ByteView(bytes);
    const sequence = data.getUint32(8, HOST_IS_LITTLE_ENDIAN);
    // A notification.
    if (sequence === 0) return;
    const request = this.#requestOf(sequence, data.getUint32(12, HOST_IS_LITTLE_ENDIAN));
    const { length, damaged, ended } = summarizeHeaders(packet);
    if (ended) request.ended = true;
    if (length > 0) request.datagrams.push(bytes.subarray(0, length));
    if (damaged || isTruncated(packet)) request.damagedDatagrams++;
  }

  /** Returns the request that a datagram replies to; adds an entry for a request that was not captured. */
  #requestOf(sequence: number, portId: number): RequestBuilder {
    const samePortId = this.#latest(sequence, portId);
    // Many programs send requests with port id 0.
    const withoutPortId = portId === 0 ? undefined : this.#latest(sequence, 0);
    if (withoutPortId === undefined || (samePortId !== undefined && samePortId.index > withoutPortId.index)) {
      if (samePortId !== undefined) return samePortId;
      const added = this.#add(undefined, sequence, portId, false);
      this.repliesOnly.push(added);
      return added;
    }
    this.#pending.get(matchKey(sequence, 0))!.pop();
    withoutPortId.portId = portId;
    this.#push(sequence, withoutPortId);
    return withoutPortId;
  }

  #latest(sequence: number, portId: number): RequestBuilder | undefined {
    const pending = this.#pending.get(matchKey(sequence, portId));
    while (pending?.at(-1)?.ended === true) pending.pop();
    return pending?.at(-1);
  }

  #add(key: string | undefined, sequence: number, portId: number, endExpected: boolean): RequestBuilder {
    const index = this.all.length;
    const request: RequestBuilder = {
      requestKey: key,
      portId,
      endExpected,
      index,
      datagrams: [],
      damagedDatagrams: 0,
      ended: false,
    };
    this.all.push(request);
    this.#push(sequence, request);
    return request;
  }

  #push(sequence: number, request: RequestBuilder): void {
    const key = matchKey(sequence, request.portId);
    const pending = this.#pending.get(key);
    if (pending === undefined) this.#pending.set(key, [request]);
    else pending.push(request);
  }
}

/**
 * Returns the key in `#pending`, which a reply shares with its request; `requestKey`, by contrast, is the same for all
 * requests with the same contents.
 */
function matchKey(sequence: number, portId: number): string {
  return `${sequence} ${portId}`;
}

/**
 * Returns the key of the only request that IPVS can have answered with these messages; `undefined` if several
 * are possible.
 */
function requestKeyOfReplies(datagrams: readonly Uint8Array[], families: FamilyNames): string | undefined {
  let serviceKey: string | undefined;
  let multi = false;
  let withDestinations = false;
  let otherKey: string | undefined;
  try {
    for (const datagram of datagrams) {
      const walker = new MessageWalker(new ByteView(datagram));
      while (walker.next()) {
        const { message } = walker;
        if (families.get(message.type) !== FAMILY_NAME) continue;
        const command = genericCommand(message);
        if (command === Command.NEW_SERVICE) {
          serviceKey ??= serviceRequestKey(message);
          multi ||= (message.flags & MessageFlag.MULTI) !== 0;
          withDestinations ||= hasDestinations(message);
        } else if (command === Command.NEW_DEST) withDestinations = true;
        else otherKey = OTHER_REQUEST_KEYS.get(command);
      }
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  if (serviceKey === undefined) return withDestinations ? undefined : otherKey;
  if (!multi) return serviceKey;
  return ipvsRequestKey(withDestinations ? Command.GET_SERVICE_DEST : Command.GET_SERVICE, 'dump');
}

/** Whether a NEW_SERVICE message contains a list of destinations. */
function hasDestinations(message: Message): boolean {
  const { service } = ipvsCodec.decode('command', message.view, genericPayload(message), message.end);
  return service?.destinations !== undefined;
}

/** Keys of the requests for information, timeouts and sync daemons, by the command of their replies. */
const OTHER_REQUEST_KEYS: ReadonlyMap<number, string> = new Map([
  [Command.SET_INFO, ipvsRequestKey(Command.GET_INFO, 'do')],
  [Command.SET_CONFIG, ipvsRequestKey(Command.GET_CONFIG, 'do')],
  [Command.NEW_DAEMON, ipvsRequestKey(Command.GET_DAEMON, 'dump')],
]);
