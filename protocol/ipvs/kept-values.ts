import {
  type AttributeIndex,
  type AttributeLayout,
  AttributeSequence,
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

let piece: ByteView = newPiece(PIECE_LENGTH);
let used = 0;

/** Memory with anything in it: who is given some of it writes all of that. */
function newPiece(length: number): ByteView {
  return new ByteView(Buffer.allocUnsafeSlow(length));
}

/**
 * Room for so many words of what was decoded, to outlive the bytes that it was decoded from: it begins
 * at this word of {@link keptValues}, and is never given out again.
 */
export function keep(words: number): number {
  if (used + words > piece.words.length) {
    piece = newPiece(Math.max(PIECE_LENGTH, words * WORD));
    used = 0;
  }
  const at = used;
  used += words;
  return at;
}

/** Takes back the room from the word `at` on that the last {@link keep} gave: nothing refers to it. */
export function giveBack(at: number): void {
  used = at;
}

/** Gives what was kept last, `words` from the word `at` on, so many more words. Where it begins now. */
export function keepMore(at: number, words: number, more: number): number {
  const before = piece;
  if (used + more <= before.words.length) {
    used += more;
    return at;
  }
  const to = keep(words + more);
  piece.words.set(before.words.subarray(at, at + words), to);
  return to;
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

/** What of an object's nest is kept. */
export interface KeptAttributes {
  readonly counters: CounterTypes;
  /** Types of the attributes without which it is not an object. */
  readonly required: readonly number[];
  /** Whether its values are kept, or only its counters. */
  readonly values: boolean;
}

/**
 * How nests of one layout are kept: values one behind the other, the narrow counters left out, and the
 * ten wide ones where they stood. A third of what came.
 */
export class KeptLayout {
  /** The layout of the nests. */
  readonly layout: AttributeLayout;
  /**
   * Where each value lies, by attribute type, as in an `AttributeLayout`: in bytes from one word before
   * what was kept, so that 0 means that it is absent.
   */
  readonly at: Int32Array;
  /** From which word on the ten wide counters lie. */
  readonly countersAt: number;
  /** How many words a nest is kept in. */
  readonly length: number;
  readonly #kept: KeptAttributes;
  readonly #sequence: AttributeSequence;

  private constructor(layout: AttributeLayout, kept: KeptAttributes) {
    this.#kept = kept;
    this.layout = layout;
    this.at = new Int32Array(layout.at.length);
    let length = 0;
    let countersAt = 0;
    for (const attribute of layout.attributes) {
      const { type, isInner } = attribute;
      const words = this.copied(attribute);
      if (isInner && type === FIRST_COUNTER) countersAt = length;
      else if (!isInner && words > 0) this.at[type] = (length + 1) * WORD;
      length += words;
    }
    this.countersAt = countersAt;
    this.length = length;
    this.#sequence = new AttributeSequence(layout.attributes, layout.endWord, (one) => this.copied(one));
  }

  /** How many words of an attribute's value are kept. */
  copied({ type, words, isInner }: FoundAttribute): number {
    const { counters, values } = this.#kept;
    return isInner || (values && type !== counters.narrow && type !== counters.wide) ? words : 0;
  }

  /**
   * How to keep nests of a layout. `undefined` for one that lacks an attribute or has unknown ones, or
   * whose wide counters are not just the ten in their order.
   */
  static of(layout: AttributeLayout, kept: KeptAttributes): KeptLayout | undefined {
    const inner = layout.attributes.filter(({ isInner }) => isInner);
    const usual =
      !layout.hasUnknown &&
      kept.required.every((type) => layout.at[type] !== 0) &&
      inner.length === COUNTER_WORDS / 2 &&
      inner.every(({ type, words }, index) => type === FIRST_COUNTER + index && words === 2);
    return usual ? new KeptLayout(layout, kept) : undefined;
  }

  /**
   * Keeps the nest at `start`, which is as long as one that this layout was likely for, at the word `to` of
   * `into`. False where it is of another layout.
   */
  keep(view: ByteView, start: number, into: ByteView, to: number): boolean {
    return this.#sequence.copy(view.words, start >> 2, into.words, to);
  }
}

/** The layouts in which the nests of one kind of object are kept. */
export class KeptLayouts {
  readonly #index: AttributeIndex;
  readonly #kept: KeptAttributes;
  readonly #known = new WeakMap<AttributeLayout, KeptLayout | 'none'>();
  /** The last one: nearly all are alike. */
  #usual: KeptLayout | undefined;

  constructor(index: AttributeIndex, kept: KeptAttributes) {
    this.#index = index;
    this.#kept = kept;
  }

  /**
   * How the nest at `start` to `end` can probably be kept: {@link KeptLayout.keep} will tell, and
   * {@link missed} is to be told. `undefined` where it cannot be kept.
   */
  likely(view: ByteView, start: number, end: number): KeptLayout | undefined {
    if (((start | end) & 3) !== 0) return undefined;
    if (this.#usual?.layout.fitsLength(view, start, end) === true) return this.#usual;
    const layout = this.#index.find(view, start, end);
    let kept = this.#known.get(layout);
    if (kept === undefined) {
      kept = KeptLayout.of(layout, this.#kept) ?? 'none';
      this.#known.set(layout, kept);
    }
    if (kept === 'none') return undefined;
    this.#usual = kept;
    return kept;
  }

  /** After a nest that was of another layout than was likely: the next will be walked. */
  missed(): void {
    this.#usual = undefined;
  }
}
