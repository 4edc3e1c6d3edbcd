import {
  type AttributeLayout,
  AttributeRuns,
  ByteView,
  type FoundAttribute,
  LITTLE_ENDIAN,
} from '../netlink/index.ts';
import { ipvsAttributes } from './attributes.ts';

/** The types of an object's nests of counters. */
export interface CounterTypes {
  readonly narrow: number;
  readonly wide: number;
}

const WORD = 4;
const FIRST_COUNTER = ipvsAttributes.stats64.connections[0];
const LAST_COUNTER = ipvsAttributes.stats64.outgoingByteRate[0];
/** The only ones that a STATS nest has in 64 bits. */
const WIDE_IN_NARROW: readonly number[] = [
  ipvsAttributes.stats.incomingBytes[0],
  ipvsAttributes.stats.outgoingBytes[0],
];
/** What the ten counters of an object take where they are kept, in words: 64 bits each, in the order of their numbers. */
export const COUNTER_WORDS: number = 2 * (1 + LAST_COUNTER - FIRST_COUNTER);
/** Room for a datagram or two, and so little that whoever keeps one object keeps little else. */
const PIECE_LENGTH = 1 << 16;

let piece: ByteView = new ByteView(new Uint8Array(PIECE_LENGTH));
let used = 0;

/**
 * Room for so many words of what was decoded, to outlive the bytes that it was decoded from: it begins
 * at this word of {@link keptValues}, and is never given out again.
 */
export function keep(words: number): number {
  if (used + words > piece.words.length) {
    piece = new ByteView(new Uint8Array(Math.max(PIECE_LENGTH, words * WORD)));
    used = 0;
  }
  const at = used;
  used += words;
  return at;
}

/** The memory that the last {@link keep} gave room in. */
export function keptValues(): ByteView {
  return piece;
}

/** Copies the counters of the STATS64 nest at `start`, of whatever alignment, to the word `to` of `into`. */
export function copyWideCounters(
  view: ByteView,
  start: number,
  { at }: AttributeLayout,
  into: ByteView,
  to: number,
): void {
  const { data, words } = view;
  const kept = into.words;
  const aligned = (start & 3) === 0;
  let next = to;
  for (let type = FIRST_COUNTER; type <= LAST_COUNTER; type++, next += 2) {
    const offset = at[type]!;
    if (offset === 0) {
      kept[next] = 0;
      kept[next + 1] = 0;
    } else if (aligned) {
      const from = (start + offset) >> 2;
      kept[next] = words[from]!;
      kept[next + 1] = words[from + 1]!;
    } else {
      kept[next] = data.getInt32(start + offset, LITTLE_ENDIAN);
      kept[next + 1] = data.getInt32(start + offset + WORD, LITTLE_ENDIAN);
    }
  }
}

/** The same for a STATS nest, in which only bytes are counted with 64 bits. */
export function copyNarrowCounters(
  view: ByteView,
  start: number,
  { at }: AttributeLayout,
  into: ByteView,
  to: number,
): void {
  let next = to;
  for (let type = FIRST_COUNTER; type <= LAST_COUNTER; type++, next += 2) {
    const offset = at[type]!;
    const value =
      offset === 0
        ? 0n
        : WIDE_IN_NARROW.includes(type)
          ? view.data.getBigUint64(start + offset, LITTLE_ENDIAN)
          : BigInt(view.data.getUint32(start + offset, LITTLE_ENDIAN));
    into.data.setBigUint64(next * WORD, value, LITTLE_ENDIAN);
  }
}

/**
 * How nests of one layout are kept: the values of all attributes but the narrow counters, one behind the
 * other. A third of what came.
 */
export class KeptLayout {
  /**
   * Where each value lies, by attribute type, as in an `AttributeLayout`: in bytes from one word before
   * what was kept, so that 0 means that it is absent.
   */
  readonly at: Int32Array;
  /** From which word on the ten wide counters lie. */
  readonly countersAt: number;
  /** How many words a nest is kept in. */
  readonly length: number;
  readonly #layout: AttributeLayout;
  readonly #runs: AttributeRuns;

  private constructor(layout: AttributeLayout, counters: CounterTypes) {
    const copied = ({ type, words, isInner }: FoundAttribute): number =>
      !isInner && (type === counters.narrow || type === counters.wide) ? 0 : words;
    this.at = new Int32Array(layout.at.length);
    let length = 0;
    let countersAt = 0;
    for (const attribute of layout.attributes) {
      const { type, isInner } = attribute;
      const words = copied(attribute);
      if (isInner && type === FIRST_COUNTER) countersAt = length;
      else if (!isInner && words > 0) this.at[type] = (length + 1) * WORD;
      length += words;
    }
    this.countersAt = countersAt;
    this.length = length;
    this.#layout = layout;
    this.#runs = new AttributeRuns(layout.attributes, layout.endWord, copied);
  }

  /**
   * How to keep nests of a layout. `undefined` for one with unknown attributes, or whose wide counters are
   * not just the ten in their order.
   */
  static of(layout: AttributeLayout, counters: CounterTypes): KeptLayout | undefined {
    const inner = layout.attributes.filter(({ isInner }) => isInner);
    const usual =
      !layout.hasUnknown &&
      inner.length === COUNTER_WORDS / 2 &&
      inner.every(({ type, words }, index) => type === FIRST_COUNTER + index && words === 2);
    return usual ? new KeptLayout(layout, counters) : undefined;
  }

  /** Whether the nest at `start` to `end` is as long as those of this layout. */
  fitsLength(view: ByteView, start: number, end: number): boolean {
    return this.#layout.fitsLength(view, start, end);
  }

  /**
   * Keeps the nest at `start` to `end`, both multiples of 4, at the word `to` of `into`. False where it is
   * of another layout.
   */
  keep(view: ByteView, start: number, end: number, into: ByteView, to: number): boolean {
    return this.fitsLength(view, start, end) && this.#runs.copy(view.words, start >> 2, into.words, to);
  }
}
