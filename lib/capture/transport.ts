import { constants } from 'node:os';
import {
  beginGenericMessage,
  CONTROLLER_ID,
  CONTROLLER_NAME,
  CONTROLLER_VERSION,
  ControllerCommand,
  controllerCodec,
  type FamilyOperation,
  genericCommand,
  OperationFlag,
} from '../../protocol/genetlink/index.ts';
import { Command, FAMILY_NAME, FAMILY_VERSION } from '../../protocol/ipvs/index.ts';
import {
  align,
  ByteView,
  encodeAck,
  HEADER_LENGTH,
  HOST_IS_LITTLE_ENDIAN,
  type Message,
  MessageFlag,
  MessageWalker,
  MessageWriter,
  NetlinkProtocol,
} from '../../protocol/netlink/index.ts';
import type { FamilyNames } from '../describe/families.ts';
import type { Transport } from '../netlink/socket/transport.ts';
import type { Capture } from './capture.ts';
import { familyId, familyNames } from './families.ts';
import { visitMessages } from './messages.ts';
import { type RecordedRequest, recordedRequests } from './recorded-requests.ts';
import { ipvsRequestKey, requestKey, serviceRequestKey } from './request-key.ts';

const PORT_ID = 1;
/** Time that a read waits when there is no reply to read, in milliseconds; then it returns nothing. */
const EMPTY_READ_WAIT = 20;
/** Dumps that are replayed even if they are incomplete, by request key; the values are their names in messages. */
const DUMPS_USABLE_INCOMPLETE: ReadonlyMap<string, string> = new Map([
  [ipvsRequestKey(Command.GET_SERVICE, 'dump'), 'GET_SERVICE'],
  [ipvsRequestKey(Command.GET_SERVICE_DEST, 'dump'), 'GET_SERVICE_DEST'],
]);
/** The error number with which a request fails if the capture has no complete reply to it (ENODATA). */
export const NOT_CAPTURED_ERRNO: number = constants.errno.ENODATA;

/** A transport that answers requests with the replies in a capture. */
export class CaptureTransport implements Transport {
  readonly portId: number = PORT_ID;
  readonly repliesWithinSend = true;
  readonly families: FamilyNames;
  /** Describes what was missing from the replies so far: some are truncated or were not captured. */
  readonly missing: Set<string> = new Set();
  /** Recorded requests by key, in order, with the number of times that each key has been requested here. */
  readonly #recorded = new Map<string, { readonly requests: RecordedRequest[]; requested: number }>();
  readonly #packets: Capture['packets'];
  /**
   * NEW_SERVICE messages seen in any reply, by the key of the GET_SERVICE request for them; built on first
   * use.
   */
  #services: ReadonlyMap<string, Uint8Array> | undefined;
  readonly #operations: readonly FamilyOperation[];
  #queue: { readonly datagram: Uint8Array; readonly sequence: number }[] = [];
  /** Number of datagrams of the queue that have been read. */
  #read = 0;

  /**
   * Each request gets the replies to the equivalent recorded request (the same command for the same service or
   * destination). If it was recorded several times, their replies are used in turn, and the last ones for every
   * further request. An incomplete dump of services is replayed with its complete messages, see {@link missing}.
   * Any other request whose replies are incomplete or were not captured fails with {@link NOT_CAPTURED_ERRNO} and a
   * message that says so.
   *
   * A service in any reply also answers a GET_SERVICE for it: a client that finds no destinations asks
   * whether the service still exists. A lookup of IPVS at nlctrl returns the family's id and the operations
   * that were recorded, so that a client does not use one that the capture has no replies to; without IPVS
   * traffic it fails with ENOENT.
   */
  constructor(capture: Capture) {
    const packets = capture.packets.filter(
      ({ netlinkProtocol }) => netlinkProtocol === NetlinkProtocol.GENERIC,
    );
    this.families = familyNames(packets);
    for (const request of recordedRequests(packets, this.families)) {
      const { requestKey: key } = request;
      if (key === undefined || (missingReplies(request) !== undefined && !DUMPS_USABLE_INCOMPLETE.has(key)))
        continue;
      const withSameKey = this.#recorded.get(key);
      if (withSameKey === undefined) this.#recorded.set(key, { requests: [request], requested: 0 });
      else withSameKey.requests.push(request);
    }
    this.#packets = packets;
    this.#operations = recordedOperations(packets, this.families, new Set(this.#recorded.keys()));
  }

  /** Whether a dump of services with destinations in one request (IPVS_CMD_GET_SERVICE_DEST) was recorded. */
  get hasSingleDump(): boolean {
    return this.#operations.some(({ id }) => id === Command.GET_SERVICE_DEST);
  }

  send(datagram: Uint8Array): void {
    const walker = new MessageWalker(new ByteView(datagram));
    while (walker.next()) this.#answer(walker.message);
  }

  receive(into: Uint8Array): number {
    if (this.#isAllRead()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EMPTY_READ_WAIT);
    return this.#next(into);
  }

  async receiveAsync(into: Uint8Array): Promise<number> {
    if (this.#isAllRead()) await new Promise((resolve) => setTimeout(resolve, EMPTY_READ_WAIT));
    return this.#next(into);
  }

  close(): void {
    this.#clear();
  }

  #clear(): void {
    this.#queue = [];
    this.#read = 0;
  }

  #isAllRead(): boolean {
    return this.#read === this.#queue.length;
  }

  #next(into: Uint8Array): number {
    if (this.#isAllRead()) return -1;
    const { datagram, sequence } = this.#queue[this.#read++]!;
    const part = datagram.subarray(0, into.length);
    into.set(part);
    rewriteHeaders(into.subarray(0, part.length), sequence);
    if (this.#isAllRead()) this.#clear();
    return part.length;
  }

  #answer(request: Message): void {
    const key = requestKey(request, this.families);
    if (this.#isFamilyLookup(key)) {
      const id = familyId(this.families, FAMILY_NAME);
      if (id !== undefined) this.#reply(familyReply(id, this.#operations), request);
      this.#acknowledge(request, id === undefined ? constants.errno.ENOENT : 0);
      return;
    }
    const recorded = this.#recorded.get(key);
    if (recorded === undefined) {
      const service = this.#recordedService(key);
      if (service !== undefined) {
        this.#reply(service, request);
        this.#acknowledge(request, 0);
        return;
      }
      this.#acknowledge(request, NOT_CAPTURED_ERRNO, 'the capture has no complete reply to this request');
      return;
    }
    const replayed = recorded.requests[Math.min(recorded.requested++, recorded.requests.length - 1)]!;
    for (const datagram of replayed.datagrams) this.#reply(datagram, request);
    const missing = missingReplies(replayed);
    if (missing !== undefined) this.missing.add(`${missing} to ${DUMPS_USABLE_INCOMPLETE.get(key)}`);
    if (!replayed.ended) this.#acknowledge(request, 0);
  }

  /** Returns the NEW_SERVICE message that answers a GET_SERVICE request for one service, by its key. */
  #recordedService(key: string): Uint8Array | undefined {
    // Other requests must not cost the decoding of all services.
    if (!key.startsWith(`${FAMILY_NAME} ${Command.GET_SERVICE} do `)) return undefined;
    this.#services ??= recordedServices(this.#packets, this.families);
    return this.#services.get(key);
  }

  /** Whether a request looks up the family of IPVS at nlctrl, by name or id. */
  #isFamilyLookup(key: string): boolean {
    const id = familyId(this.families, FAMILY_NAME);
    return [{ name: FAMILY_NAME }, { id }].some(
      (attributes) =>
        key === `${CONTROLLER_NAME} ${ControllerCommand.GET_FAMILY} do ${JSON.stringify(attributes)}`,
    );
  }

  #reply(datagram: Uint8Array, { sequence }: Message): void {
    this.#queue.push({ datagram, sequence });
  }

  #acknowledge(request: Message, errno: number, message?: string): void {
    const writer = new MessageWriter(64);
    encodeAck(writer, {
      sequence: request.sequence,
      portId: PORT_ID,
      errno,
      extended: message === undefined ? undefined : { message },
      request: request.view.bytes.subarray(request.offset, request.end),
      capped: true,
    });
    this.#reply(writer.copy(), request);
  }
}

/** Describes what is missing from the replies to a request; `undefined` if they are complete. */
function missingReplies(request: RecordedRequest): string | undefined {
  const { damagedDatagrams: damaged, endExpected, ended } = request;
  if (damaged > 0)
    return `the capture has ${damaged} truncated or malformed ${damaged === 1 ? 'reply' : 'replies'}`;
  return endExpected && !ended ? 'the capture lacks the last reply' : undefined;
}

/** Returns the NEW_SERVICE messages of all replies, by the key of the GET_SERVICE request for them. */
function recordedServices(packets: Capture['packets'], families: FamilyNames): Map<string, Uint8Array> {
  const services = new Map<string, Uint8Array>();
  for (const packet of packets.filter(({ direction }) => direction === 'to-user')) {
    visitMessages(packet, (message) => {
      if (families.get(message.type) !== FAMILY_NAME) return;
      if (genericCommand(message) !== Command.NEW_SERVICE) return;
      const bytes = message.view.bytes.slice(message.offset, message.end);
      services.set(serviceRequestKey(message), bytes);
    });
  }
  return services;
}

/** Returns the commands seen in requests; GET_SERVICE_DEST only if its replies were captured. */
function recordedOperations(
  packets: Capture['packets'],
  families: FamilyNames,
  answeredKeys: ReadonlySet<string>,
): FamilyOperation[] {
  const operations = new Map<number, number>();
  const add = (command: number, dump: boolean): void => {
    const flags = operations.get(command) ?? OperationFlag.ADMIN;
    operations.set(command, flags | (dump ? OperationFlag.DUMP : OperationFlag.DO));
  };
  for (const packet of packets.filter(({ direction }) => direction === 'to-kernel')) {
    visitMessages(packet, (message) => {
      if (families.get(message.type) !== FAMILY_NAME) return;
      const command = genericCommand(message);
      if (command === Command.GET_SERVICE_DEST) return;
      add(command, (message.flags & MessageFlag.DUMP) === MessageFlag.DUMP);
    });
  }
  const singleDumpPrefix = `${FAMILY_NAME} ${Command.GET_SERVICE_DEST} dump `;
  if ([...answeredKeys].some((key) => key.startsWith(singleDumpPrefix))) add(Command.GET_SERVICE_DEST, true);
  return [...operations].map(([id, flags]) => ({ id, flags })).sort((a, b) => a.id - b.id);
}

/** Encodes nlctrl's reply to a lookup of IPVS. */
function familyReply(id: number, operations: readonly FamilyOperation[]): Uint8Array {
  const writer = new MessageWriter();
  const offset = beginGenericMessage(
    writer,
    { type: CONTROLLER_ID, flags: 0, sequence: 0, portId: PORT_ID },
    { command: ControllerCommand.NEW_FAMILY, version: CONTROLLER_VERSION },
  );
  controllerCodec.encode('family', writer, { name: FAMILY_NAME, id, version: FAMILY_VERSION, operations });
  writer.endMessage(offset);
  return writer.copy();
}

/** Sets the sequence number and the port id in the headers of a datagram's messages. */
function rewriteHeaders({ buffer, byteOffset, byteLength }: Uint8Array, sequence: number): void {
  const data = new DataView(buffer, byteOffset, byteLength);
  for (let at = 0; at + HEADER_LENGTH <= byteLength; at += align(data.getUint32(at, HOST_IS_LITTLE_ENDIAN))) {
    data.setUint32(at + 8, sequence, HOST_IS_LITTLE_ENDIAN);
    data.setUint32(at + 12, PORT_ID, HOST_IS_LITTLE_ENDIAN);
  }
}
