import { GENERIC_HEADER_LENGTH } from '../../protocol/genetlink/index.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  ATTRIBUTE_TYPE_MASK,
  align,
  type ByteView,
  HEADER_LENGTH,
  LITTLE_ENDIAN,
  MessageFlag,
  MessageType,
} from '../../protocol/netlink/index.ts';

/** A reply that is not what it should be: ask in the careful way. */
export class UnexpectedReply extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'UnexpectedReply';
  }
}

/** A service or destination as it was received: its attributes lie at `start` to `end`. */
export interface RawObject {
  readonly view: ByteView;
  readonly start: number;
  readonly end: number;
}

/** Before the attributes of an object come the headers of its message and of the nest that it is. */
const NEST = HEADER_LENGTH + GENERIC_HEADER_LENGTH;

/**
 * Takes the parts of dumps whose messages are one object each, and checks all of their headers. The
 * objects themselves are for decoders.
 */
export class DumpParts {
  readonly #family: number;
  readonly #nest: number;
  /** Type and flags of the last object's message, as one word: nearly all are alike. */
  #usual: number | undefined = undefined;

  /** `family` is the message type of the family IPVS, `nest` the attribute that an object is. */
  constructor(family: number, nest: number) {
    this.#family = family;
    this.#nest = nest;
  }

  /**
   * Appends the objects between `start` and `end` to `objects`; true when the dump ends there. Throws an
   * UnexpectedReply.
   */
  take(
    view: ByteView,
    start: number,
    end: number,
    sequence: number,
    portId: number,
    objects: RawObject[],
  ): boolean {
    const { words } = view;
    let ended = false;
    for (let offset = start; offset < end; ) {
      const header = offset >> 2;
      const messageEnd = offset + words[header]!;
      if (messageEnd > end || messageEnd < offset + HEADER_LENGTH)
        throw new UnexpectedReply('a message does not fit the datagram');
      if (words[header + 2]! >>> 0 !== sequence || words[header + 3]! >>> 0 !== portId)
        throw new UnexpectedReply('the message answers something else');
      if (words[header + 1] === this.#usual || !this.#ends(view, offset, messageEnd)) {
        this.#checkNest(view, offset + NEST, messageEnd);
        objects.push({ view, start: offset + NEST + ATTRIBUTE_HEADER_LENGTH, end: messageEnd });
      } else ended = true;
      offset = align(messageEnd);
    }
    return ended;
  }

  /** Whether a message that is not just like the ones before ends the dump, and not with an object. */
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

  #checkNest({ data }: ByteView, nest: number, end: number): void {
    if (nest + ATTRIBUTE_HEADER_LENGTH > end) throw new UnexpectedReply('a message is too short');
    const length = data.getUint16(nest, LITTLE_ENDIAN);
    const type = data.getUint16(nest + 2, LITTLE_ENDIAN) & ATTRIBUTE_TYPE_MASK;
    if (type !== this.#nest || nest + length !== end)
      throw new UnexpectedReply('a message is more than one object');
  }
}
