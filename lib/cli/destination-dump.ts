import { ipvsAttributes } from '../../protocol/ipvs/index.ts';
import { align, ByteView } from '../../protocol/netlink/index.ts';
import type { Transport } from '../netlink/socket/transport.ts';
import { type DestinationRequests, PORT_WORD } from './destination-requests.ts';
import { DumpParts, type RawObject, UnexpectedReply } from './dump-parts.ts';

/**
 * How much is read at a time. The kernel makes each part of a dump in a buffer as large as the largest
 * read so far on that socket, and may have to clear it first, which for one destination costs more than
 * everything else. This is what it takes at least, and it fits a page with its bookkeeping.
 */
export const READ_ROOM = 3776;
const SLAB = 1 << 18;

/**
 * A part shorter than this is a dump's last: the kernel goes on in the same part while there is room, and
 * no destination takes half of it.
 */
export const SHORT: number = READ_ROOM / 2;

/** A transport that takes and fills pieces of memory, so that no view is made for each. */
export interface PieceTransport extends Transport {
  /**
   * Whether it keeps to itself that a dump ended well (see `endFilter`), and says at once when nothing is
   * there. That spares a third of what a dump with one part takes.
   */
  readonly dropsEnds: boolean;
  /** Sends what lies at `start` to `end` of `bytes` as one datagram. */
  sendPiece(bytes: Uint8Array, start: number, end: number): void;
  /** As `receive`, into `into` from `start` to `end`. */
  receivePiece(into: Uint8Array, start: number, end: number): number;
}

/** The destinations of one service. */
export interface RawDestinations {
  readonly objects: readonly RawObject[];
  /**
   * How many parts of the dump they came in. The kernel makes each in one go, but resumes by index in
   * the next, so that destinations can come again.
   */
  readonly parts: number;
}

/** One dump's parts, one behind the other at `start` to `end`. */
export interface DumpAnswer {
  readonly view: ByteView;
  readonly start: number;
  readonly end: number;
  /** How many parts hold destinations. */
  readonly parts: number;
  /** The socket that they were read on. */
  readonly portId: number;
}

/**
 * Reads the destinations of many services, one after the other on one socket, with as little as
 * possible for each: a table of thousands of services is thousands of dumps of one part.
 */
export class DestinationDump {
  readonly #transport: PieceTransport;
  readonly #requests: DestinationRequests;
  readonly #parts: DumpParts;
  #view: ByteView = new ByteView(new Uint8Array(SLAB));
  /** Where in `#view` the next datagram goes. */
  #at = 0;

  /** `transport` must be this object's own; `family` is the message type of the family IPVS. */
  constructor(transport: PieceTransport, family: number, requests: DestinationRequests) {
    this.#transport = transport;
    this.#requests = requests;
    this.#parts = new DumpParts(family, ipvsAttributes.command.destination[0]);
  }

  /**
   * Asks for the destinations of a service, by its place among the requests; there are none where the
   * service is gone. Throws an UnexpectedReply, after which this object is of no use, and a
   * SystemCallError.
   */
  read(index: number): RawDestinations {
    const { bytes, words, stride } = this.#requests;
    const transport = this.#transport;
    const { dropsEnds } = transport;
    const from = index * stride;
    const header = from >> 2;
    words[header + PORT_WORD] = transport.portId;
    transport.sendPiece(bytes, from, from + words[header]!);
    const objects: RawObject[] = [];
    let parts = 0;
    for (let ended = false; !ended; ) {
      if (this.#at + READ_ROOM > SLAB) {
        this.#view = new ByteView(new Uint8Array(SLAB));
        this.#at = 0;
      }
      const start = this.#at;
      const length = transport.receivePiece(this.#view.bytes, start, start + READ_ROOM);
      if (length < 0 && dropsEnds) break;
      if (length < 0) throw new UnexpectedReply('there is no reply');
      if (length >= READ_ROOM) throw new UnexpectedReply('the datagram may have been cut off');
      const before = objects.length;
      ended = this.#parts.take(this.#view, start, start + length, index + 1, transport.portId, objects);
      ended ||= dropsEnds && length < SHORT;
      if (objects.length === before) continue;
      parts++;
      this.#at += align(length);
    }
    return { objects, parts };
  }

  /** What {@link read} gives, from what another thread has read, on a transport of the same kind. */
  take(index: number, { view, start, end, parts, portId }: DumpAnswer): RawDestinations {
    const objects: RawObject[] = [];
    const ended = this.#parts.take(view, start, end, index + 1, portId, objects);
    if (!ended && !this.#transport.dropsEnds) throw new UnexpectedReply('the dump has no end');
    return { objects, parts };
  }
}
