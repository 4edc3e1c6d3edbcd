import { GENERIC_HEADER_LENGTH } from '../../protocol/genetlink/index.ts';
import {
  type Destination,
  decodeDestination,
  type Family,
  ipvsAttributes,
  uniqueDestinations,
} from '../../protocol/ipvs/index.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  ATTRIBUTE_TYPE_MASK,
  align,
  ByteView,
  HEADER_LENGTH,
  LITTLE_ENDIAN,
  MessageFlag,
  MessageType,
} from '../../protocol/netlink/index.ts';
import type { Transport } from '../transport.ts';
import type { DumpRequests } from './dump-requests.ts';

const DESTINATION_NEST = ipvsAttributes.command.destination[0];

/**
 * How much is read at a time. The kernel makes each part of a dump in a buffer as large as the largest
 * read so far on that socket, and may have to clear it first, which for one destination costs more than
 * everything else. This is what it takes at least, and it fits a page with its bookkeeping.
 */
export const READ_ROOM = 3776;
const SLAB = 1 << 18;
/** Where in a message's header the port id of its sender is. */
const PORT_OFFSET = 12;
/** A dump of less than this was one part: no part but the last leaves so much of its room free. */
const ONE_PART = READ_ROOM - 1024;

/** A reply that is not what it should be: ask in the careful way. */
export class UnexpectedReply extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'UnexpectedReply';
  }
}

/**
 * Reads the destinations of many services, one after the other on one socket, with as little as
 * possible for each: a table of thousands of services is thousands of dumps of one part.
 */
export class DestinationDumps {
  readonly #transport: Transport;
  readonly #family: number;
  readonly #requests: DumpRequests;
  #view: ByteView = new ByteView(new Uint8Array(SLAB));
  #room: Uint8Array = this.#view.bytes.subarray(0, READ_ROOM);
  /** Where in `#view` the next datagram goes. */
  #at = 0;
  /** Type and flags of the last destination's message, as one word: nearly all are alike. */
  #usual: number | undefined = undefined;

  /** `transport` must be this object's own; `family` is the message type of the family IPVS. */
  constructor(transport: Transport, family: number, requests: DumpRequests) {
    this.#transport = transport;
    this.#family = family;
    this.#requests = requests;
  }

  /**
   * Asks for the destinations of a service, by its place among the requests: each once and in the
   * kernel's order, and none where the service is gone. Throws an UnexpectedReply, after which this
   * object is of no use, and a SystemCallError.
   */
  read(index: number, serviceFamily: Family): Destination[] {
    const { bytes, words, ends } = this.#requests;
    const transport = this.#transport;
    const destinations: Destination[] = [];
    const from = index === 0 ? 0 : ends[index - 1]!;
    words[(from + PORT_OFFSET) >> 2] = transport.portId;
    transport.send(bytes.subarray(from, ends[index]));
    let total = 0;
    for (let ended = false; !ended; ) {
      const length = transport.receive(this.#room);
      if (length < 0) throw new UnexpectedReply('there is no reply');
      if (length >= READ_ROOM) throw new UnexpectedReply('the datagram may have been cut off');
      const before = destinations.length;
      const end = this.#at + length;
      ended = this.#take(this.#view, this.#at, end, index + 1, transport.portId, serviceFamily, destinations);
      total += length;
      if (destinations.length > before) this.#advance(length);
    }
    return eachOnce(destinations, total);
  }

  /** What {@link read} gives, from replies that another thread has read on the socket `portId`. */
  decode(
    index: number,
    serviceFamily: Family,
    view: ByteView,
    start: number,
    end: number,
    portId: number,
  ): Destination[] {
    const destinations: Destination[] = [];
    if (!this.#take(view, start, end, index + 1, portId, serviceFamily, destinations))
      throw new UnexpectedReply('the dump has no end');
    return eachOnce(destinations, end - start);
  }

  /** Takes one datagram or more; true when the dump has ended. */
  #take(
    view: ByteView,
    start: number,
    end: number,
    sequence: number,
    portId: number,
    serviceFamily: Family,
    into: Destination[],
  ): boolean {
    const { words } = view;
    let ended = false;
    for (let offset = start; offset < end; ) {
      const header = offset >> 2;
      const messageEnd = offset + (words[header]! >>> 0);
      if (messageEnd > end || messageEnd < offset + HEADER_LENGTH)
        throw new UnexpectedReply('a message does not fit the datagram');
      if (words[header + 2]! >>> 0 !== sequence || words[header + 3]! >>> 0 !== portId)
        throw new UnexpectedReply('the message answers something else');
      if (words[header + 1] === this.#usual || !this.#ends(view, offset, messageEnd))
        into.push(destinationIn(view, offset, messageEnd, serviceFamily));
      else ended = true;
      offset = align(messageEnd);
    }
    return ended;
  }

  /** Whether a message that is not just like the ones before ends the dump, and not with a destination. */
  #ends({ data, words }: ByteView, offset: number, end: number): boolean {
    const type = data.getUint16(offset + 4, LITTLE_ENDIAN);
    const flags = data.getUint16(offset + 6, LITTLE_ENDIAN);
    if ((flags & MessageFlag.DUMP_INTR) !== 0) throw new UnexpectedReply('the table has changed');
    if (type === this.#family) {
      this.#usual = words[(offset >> 2) + 1]!;
      return false;
    }
    if (type !== MessageType.DONE) throw new UnexpectedReply(`a message has the type ${type}`);
    const payload = offset + HEADER_LENGTH;
    if (end - payload >= 4 && data.getInt32(payload, LITTLE_ENDIAN) !== 0)
      throw new UnexpectedReply('the dump has failed');
    return true;
  }

  /** Keeps what was read: counters are read from it when they are asked for. */
  #advance(length: number): void {
    this.#at += align(length);
    if (this.#at + READ_ROOM > SLAB) {
      this.#view = new ByteView(new Uint8Array(SLAB));
      this.#at = 0;
    }
    this.#room = this.#view.bytes.subarray(this.#at, this.#at + READ_ROOM);
  }
}

function destinationIn(view: ByteView, offset: number, end: number, serviceFamily: Family): Destination {
  const { data } = view;
  const nest = offset + HEADER_LENGTH + GENERIC_HEADER_LENGTH;
  if (nest + ATTRIBUTE_HEADER_LENGTH > end) throw new UnexpectedReply('the message is too short');
  const length = data.getUint16(nest, LITTLE_ENDIAN);
  const type = data.getUint16(nest + 2, LITTLE_ENDIAN) & ATTRIBUTE_TYPE_MASK;
  if (type !== DESTINATION_NEST || nest + length !== end)
    throw new UnexpectedReply('the message is more than a destination');
  return decodeDestination(view, nest + ATTRIBUTE_HEADER_LENGTH, end, serviceFamily);
}

/** The kernel makes each part of a dump in one go; the next resumes by index, and so can repeat. */
function eachOnce(destinations: Destination[], length: number): Destination[] {
  return length < ONE_PART ? destinations : uniqueDestinations(destinations);
}
