import { constants } from 'node:os';
import {
  beginGenericMessage,
  CONTROLLER_ID,
  CONTROLLER_VERSION,
  ControllerCommand,
  controllerCodec,
  genericCommand,
  type Operation,
  OperationFlag,
} from '../../protocol/genetlink/index.ts';
import { Command, FAMILY_NAME, FAMILY_VERSION } from '../../protocol/ipvs/index.ts';
import {
  ByteView,
  encodeAck,
  LITTLE_ENDIAN,
  type Message,
  MessageFlag,
  MessageType,
  MessageWalker,
  MessageWriter,
  NetlinkProtocol,
} from '../../protocol/netlink/index.ts';
import type { Transport } from '../netlink/socket/transport.ts';
import { type FamilyNames, familyId, learnFamilies } from './families.ts';
import { requestMeaning, serviceLookupMeaning } from './meaning.ts';
import { visitMessages } from './messages.ts';
import { type Capture, isTruncated } from './pcap.ts';

const PORT_ID = 1;
/** How long a read waits where nothing can arrive any more, in milliseconds. */
const PATIENCE = 20;

/** A recorded request with the datagrams that answered it. */
interface Exchange {
  readonly meaning: string;
  readonly sequence: number;
  /** The port of who asked: 0 until a reply shows it. */
  portId: number;
  /** Whether a last message (DONE, or NLMSG_ERROR) will come. */
  readonly endExpected: boolean;
  readonly datagrams: Uint8Array[];
  ended: boolean;
}

/** A capture as a peer: answers requests as they were answered when they were recorded. */
export class CaptureTransport implements Transport {
  readonly portId: number = PORT_ID;
  readonly repliesWithinSend = true;
  readonly families: FamilyNames;
  /** What was recorded for each meaning, in order, and how many times it has been asked. */
  readonly #recorded = new Map<string, { readonly exchanges: Exchange[]; asked: number }>();
  /** Services that any reply showed, by the meaning of asking for them one by one. */
  readonly #services: ReadonlyMap<string, Uint8Array>;
  readonly #operations: readonly Operation[];
  #queue: Uint8Array[] = [];

  /**
   * Each request is answered with the replies to the recorded request that means the same (the same
   * command about the same object); when it was recorded several times, with each in turn and the
   * last one again and again. One that was never recorded, or whose replies are not all there, is
   * refused with EOPNOTSUPP and a message that says so.
   *
   * A service that was recorded in a dump answers for itself too: a client that finds no destinations
   * asks whether the service is still there. A question to nlctrl about IPVS is answered with the family's id and the operations that were
   * recorded, so that a client does not choose a way of asking that the capture cannot answer.
   */
  constructor(capture: Capture) {
    const packets = capture.packets.filter(
      ({ protocolFamily }) => protocolFamily === NetlinkProtocol.GENERIC,
    );
    this.families = learnFamilies(packets);
    const exchanges = recordedExchanges(packets, this.families);
    for (const exchange of exchanges) {
      if (exchange.endExpected && !exchange.ended) continue;
      const known = this.#recorded.get(exchange.meaning);
      if (known === undefined) this.#recorded.set(exchange.meaning, { exchanges: [exchange], asked: 0 });
      else known.exchanges.push(exchange);
    }
    this.#services = recordedServices(packets, this.families);
    this.#operations = recordedOperations(packets, this.families);
  }

  send(datagram: Uint8Array): void {
    const walker = new MessageWalker(new ByteView(datagram));
    while (walker.next()) this.#answer(walker.message);
  }

  receive(into: Uint8Array): number {
    if (this.#queue.length === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE);
    return this.#take(into);
  }

  async receiveAsync(into: Uint8Array): Promise<number> {
    if (this.#queue.length === 0) await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    return this.#take(into);
  }

  close(): void {
    this.#queue = [];
  }

  #take(into: Uint8Array): number {
    const datagram = this.#queue.shift();
    if (datagram === undefined) return -1;
    const part = datagram.subarray(0, into.length);
    into.set(part);
    return part.length;
  }

  #answer(request: Message): void {
    const meaning = requestMeaning(request, this.families);
    const id = familyId(this.families, FAMILY_NAME);
    const lookups = [{ name: FAMILY_NAME }, { id }].map(
      (about) => `nlctrl ${ControllerCommand.GET_FAMILY} do ${JSON.stringify(about)}`,
    );
    if (id !== undefined && lookups.includes(meaning)) {
      this.#queue.push(describeFamily(id, this.#operations, request.sequence));
      this.#acknowledge(request, 0);
      return;
    }
    const recorded = this.#recorded.get(meaning);
    const service = this.#services.get(meaning);
    if (recorded === undefined && service !== undefined) {
      this.#queue.push(readdress(service, request.sequence));
      this.#acknowledge(request, 0);
      return;
    }
    if (recorded === undefined) {
      this.#acknowledge(request, constants.errno.EOPNOTSUPP, 'the capture holds no answer to this request');
      return;
    }
    const exchange = recorded.exchanges[Math.min(recorded.asked++, recorded.exchanges.length - 1)]!;
    for (const datagram of exchange.datagrams) this.#queue.push(readdress(datagram, request.sequence));
    if (!exchange.ended) this.#acknowledge(request, 0);
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
    this.#queue.push(writer.copy());
  }
}

function recordedExchanges(packets: Capture['packets'], families: FamilyNames): Exchange[] {
  const all: Exchange[] = [];
  const broken = new Set<Exchange>();
  const open = new Map<number, Exchange[]>();
  for (const packet of packets) {
    let answered: Exchange | undefined;
    const problem = visitMessages(packet, (message) => {
      if (packet.direction === 'to-kernel') {
        const exchange = newExchange(message, families);
        all.push(exchange);
        open.set(message.sequence, [exchange, ...(open.get(message.sequence) ?? [])]);
        return;
      }
      const asked = open
        .get(message.sequence)
        ?.find(({ portId, ended }) => !ended && (portId === 0 || portId === message.portId));
      if (asked === undefined) return;
      asked.portId = message.portId;
      if (answered !== asked) asked.datagrams.push(packet.bytes);
      answered = asked;
      if (message.type === MessageType.DONE || message.type === MessageType.ERROR) asked.ended = true;
    });
    // Replies of which a part is missing are as good as none.
    if (answered !== undefined && (problem !== undefined || isTruncated(packet))) broken.add(answered);
  }
  return all.filter((exchange) => !broken.has(exchange));
}

function newExchange(message: Message, families: FamilyNames): Exchange {
  const { flags, sequence, portId } = message;
  const dump = (flags & MessageFlag.DUMP) === MessageFlag.DUMP;
  return {
    meaning: requestMeaning(message, families),
    sequence,
    portId,
    endExpected: dump || (flags & MessageFlag.ACK) !== 0,
    datagrams: [],
    ended: false,
  };
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

function recordedOperations(packets: Capture['packets'], families: FamilyNames): Operation[] {
  const operations = new Map<number, number>();
  for (const packet of packets.filter(({ direction }) => direction === 'to-kernel')) {
    visitMessages(packet, (message) => {
      if (families.get(message.type) !== FAMILY_NAME) return;
      const command = genericCommand(message);
      const dump = (message.flags & MessageFlag.DUMP) === MessageFlag.DUMP;
      const flags = operations.get(command) ?? OperationFlag.ADMIN;
      operations.set(command, flags | (dump ? OperationFlag.DUMP : OperationFlag.DO));
    });
  }
  return [...operations].map(([id, flags]) => ({ id, flags })).sort((a, b) => a.id - b.id);
}

function describeFamily(id: number, operations: readonly Operation[], sequence: number): Uint8Array {
  const writer = new MessageWriter();
  const offset = beginGenericMessage(
    writer,
    { type: CONTROLLER_ID, flags: 0, sequence, portId: PORT_ID },
    { command: ControllerCommand.NEW_FAMILY, version: CONTROLLER_VERSION },
  );
  controllerCodec.encode('family', writer, { name: FAMILY_NAME, id, version: FAMILY_VERSION, operations });
  writer.endMessage(offset);
  return writer.copy();
}

/** A copy of a recorded datagram whose messages are for us and answer `sequence`. */
function readdress(datagram: Uint8Array, sequence: number): Uint8Array {
  const copy = new ByteView(new Uint8Array(datagram));
  const walker = new MessageWalker(copy);
  while (walker.next()) {
    copy.data.setUint32(walker.message.offset + 8, sequence, LITTLE_ENDIAN);
    copy.data.setUint32(walker.message.offset + 12, PORT_ID, LITTLE_ENDIAN);
  }
  return copy.bytes;
}
