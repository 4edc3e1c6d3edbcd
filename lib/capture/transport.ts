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
  LITTLE_ENDIAN,
  type Message,
  MessageFlag,
  MessageWalker,
  MessageWriter,
  NetlinkProtocol,
} from '../../protocol/netlink/index.ts';
import type { FamilyNames } from '../describe/families.ts';
import type { Transport } from '../netlink/socket/transport.ts';
import type { Capture } from './capture.ts';
import { type Exchange, recordedExchanges } from './exchanges.ts';
import { familyId, learnFamilies } from './families.ts';
import { ipvsMeaning, requestMeaning, serviceLookupMeaning } from './meaning.ts';
import { visitMessages } from './messages.ts';

const PORT_ID = 1;
/** Wait of a read when nothing can arrive any more, in milliseconds. */
const IDLE_WAIT = 20;
/** Listings that are useful even when parts are missing. */
const LISTINGS: ReadonlyMap<string, string> = new Map([
  [ipvsMeaning(Command.GET_SERVICE, 'dump'), 'GET_SERVICE'],
  [ipvsMeaning(Command.GET_SERVICE_DEST, 'dump'), 'GET_SERVICE_DEST'],
]);
/** The errno of a request that the capture has no whole answer to. */
export const NOT_RECORDED: number = constants.errno.ENODATA;

/** A transport that answers requests with the replies in a capture. */
export class CaptureTransport implements Transport {
  readonly portId: number = PORT_ID;
  readonly repliesWithinSend = true;
  readonly families: FamilyNames;
  /** What is missing from the answers given so far: replies that are cut off or not recorded. */
  readonly gaps: Set<string> = new Set();
  /** What was recorded for each meaning, in order, and how many times it has been asked. */
  readonly #recorded = new Map<string, { readonly exchanges: Exchange[]; asked: number }>();
  readonly #packets: Capture['packets'];
  /** Services that any reply showed, by the meaning of asking for them one by one; made when it is needed. */
  #services: ReadonlyMap<string, Uint8Array> | undefined;
  readonly #operations: readonly FamilyOperation[];
  #queue: { readonly datagram: Uint8Array; readonly sequence: number }[] = [];
  #taken = 0;

  /**
   * Each request is answered with the replies to the recorded request that means the same (the same
   * command about the same object); when it was recorded several times, with each in turn and the
   * last one again and again. A listing of services of which a part is missing is answered with the
   * messages that are whole, see {@link gaps}. Any other request whose replies are not all there, or that
   * was never recorded, is refused with {@link NOT_RECORDED} and a message that says so.
   *
   * A service that was recorded in a dump answers for itself too: a client that finds no destinations
   * asks whether the service is still there. A question to nlctrl about IPVS is answered with the family's
   * id and the operations that were recorded, so that a client does not choose a way of asking that the
   * capture cannot answer; with ENOENT where there is no IPVS traffic.
   */
  constructor(capture: Capture) {
    const packets = capture.packets.filter(
      ({ protocolFamily }) => protocolFamily === NetlinkProtocol.GENERIC,
    );
    this.families = learnFamilies(packets);
    for (const exchange of recordedExchanges(packets, this.families)) {
      const { meaning } = exchange;
      if (meaning === undefined || (lack(exchange) !== undefined && !LISTINGS.has(meaning))) continue;
      const known = this.#recorded.get(meaning);
      if (known === undefined) this.#recorded.set(meaning, { exchanges: [exchange], asked: 0 });
      else known.exchanges.push(exchange);
    }
    this.#packets = packets;
    this.#operations = recordedOperations(packets, this.families, new Set(this.#recorded.keys()));
  }

  /** Whether a single dump was recorded. */
  get hasSingleDump(): boolean {
    return this.#operations.some(({ id }) => id === Command.GET_SERVICE_DEST);
  }

  send(datagram: Uint8Array): void {
    const walker = new MessageWalker(new ByteView(datagram));
    while (walker.next()) this.#answer(walker.message);
  }

  receive(into: Uint8Array): number {
    if (this.#isIdle()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, IDLE_WAIT);
    return this.#take(into);
  }

  async receiveAsync(into: Uint8Array): Promise<number> {
    if (this.#isIdle()) await new Promise((resolve) => setTimeout(resolve, IDLE_WAIT));
    return this.#take(into);
  }

  close(): void {
    this.#queue = [];
    this.#taken = 0;
  }

  #isIdle(): boolean {
    return this.#taken === this.#queue.length;
  }

  #take(into: Uint8Array): number {
    if (this.#isIdle()) return -1;
    const { datagram, sequence } = this.#queue[this.#taken++]!;
    const part = datagram.subarray(0, into.length);
    into.set(part);
    readdress(into.subarray(0, part.length), sequence);
    if (this.#isIdle()) this.close();
    return part.length;
  }

  #answer(request: Message): void {
    const meaning = requestMeaning(request, this.families);
    if (this.#isLookUp(meaning)) {
      const id = familyId(this.families, FAMILY_NAME);
      if (id !== undefined) this.#reply(describeFamily(id, this.#operations), request);
      this.#acknowledge(request, id === undefined ? constants.errno.ENOENT : 0);
      return;
    }
    const recorded = this.#recorded.get(meaning);
    if (recorded === undefined) {
      this.#services ??= recordedServices(this.#packets, this.families);
      const service = this.#services.get(meaning);
      if (service !== undefined) {
        this.#reply(service, request);
        this.#acknowledge(request, 0);
        return;
      }
      this.#acknowledge(request, NOT_RECORDED, 'the capture holds no whole answer to this request');
      return;
    }
    const exchange = recorded.exchanges[Math.min(recorded.asked++, recorded.exchanges.length - 1)]!;
    for (const datagram of exchange.datagrams) this.#reply(datagram, request);
    const lacking = lack(exchange);
    if (lacking !== undefined) this.gaps.add(`${lacking} to ${LISTINGS.get(meaning)}`);
    if (!exchange.ended) this.#acknowledge(request, 0);
  }

  #isLookUp(meaning: string): boolean {
    const id = familyId(this.families, FAMILY_NAME);
    return [{ name: FAMILY_NAME }, { id }].some(
      (about) => meaning === `${CONTROLLER_NAME} ${ControllerCommand.GET_FAMILY} do ${JSON.stringify(about)}`,
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

/** What is missing from the replies of an exchange; `undefined` where they are whole. */
function lack({ cut, endExpected, ended }: Exchange): string | undefined {
  if (cut > 0) return `the capture lacks the end of ${cut} of the replies`;
  return endExpected && !ended ? 'the capture lacks the last of the replies' : undefined;
}

function recordedServices(packets: Capture['packets'], families: FamilyNames): Map<string, Uint8Array> {
  const services = new Map<string, Uint8Array>();
  for (const packet of packets.filter(({ direction }) => direction === 'to-user')) {
    visitMessages(packet, (message) => {
      if (families.get(message.type) !== FAMILY_NAME) return;
      if (genericCommand(message) !== Command.NEW_SERVICE) return;
      const bytes = message.view.bytes.slice(message.offset, message.end);
      services.set(serviceLookupMeaning(message), bytes);
    });
  }
  return services;
}

/** The operations that were asked for; of the single dump, whether it was answered. */
function recordedOperations(
  packets: Capture['packets'],
  families: FamilyNames,
  meanings: ReadonlySet<string>,
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
  const singleDump = `${FAMILY_NAME} ${Command.GET_SERVICE_DEST} dump `;
  if ([...meanings].some((meaning) => meaning.startsWith(singleDump))) add(Command.GET_SERVICE_DEST, true);
  return [...operations].map(([id, flags]) => ({ id, flags })).sort((a, b) => a.id - b.id);
}

function describeFamily(id: number, operations: readonly FamilyOperation[]): Uint8Array {
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

/** Sets the sequence number of a datagram's messages, and this side's port id. */
function readdress({ buffer, byteOffset, byteLength }: Uint8Array, sequence: number): void {
  const data = new DataView(buffer, byteOffset, byteLength);
  for (let at = 0; at + HEADER_LENGTH <= byteLength; at += align(data.getUint32(at, LITTLE_ENDIAN))) {
    data.setUint32(at + 8, sequence, LITTLE_ENDIAN);
    data.setUint32(at + 12, PORT_ID, LITTLE_ENDIAN);
  }
}
