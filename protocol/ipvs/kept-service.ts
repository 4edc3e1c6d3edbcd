import {
  ATTRIBUTE_HEADER_LENGTH,
  type AttributeLayout,
  AttributeSequence,
  align,
  type ByteView,
  type FoundAttribute,
  LITTLE_ENDIAN,
} from '../netlink/index.ts';
import { haveFamilies } from './decode-destination.ts';
import { COUNTER_WORDS, type KeptLayout } from './kept-values.ts';
import { entryLength } from './service-nest.ts';

/** Longer lists are looked at entry by entry: comparing all headers at once is for the many services with few destinations. */
const MOST_DESTINATIONS = 8;
/** How many kinds of nests are remembered. */
const MOST_KNOWN = 64;

/** What was found out about a SERVICE nest with destinations, entry by entry. */
export interface FoundService {
  readonly service: KeptLayout;
  /** Where its list of destinations lies: the first entry. */
  readonly list: number;
  readonly count: number;
  /** Of each of them. */
  readonly destinations: KeptLayout;
}

/**
 * How SERVICE nests that are alike to the last header are kept, with their destinations behind the
 * counters: all is compared and copied in one go.
 */
export class KeptService {
  readonly layout: AttributeLayout;
  readonly count: number;
  readonly destinations: KeptLayout;
  /** How many words a nest is kept in. */
  readonly words: number;
  readonly #sequence: AttributeSequence;

  constructor(view: ByteView, start: number, end: number, found: FoundService) {
    const { service, list, count, destinations } = found;
    const attributes: FoundAttribute[] = [...service.layout.attributes];
    const copied = new Map(attributes.map((attribute) => [attribute, service.copied(attribute)]));
    const add = (attribute: FoundAttribute, words: number): void => {
      attributes.push(attribute);
      copied.set(attribute, words);
    };
    const header = (offset: number): FoundAttribute => {
      const word = view.data.getInt32(offset, LITTLE_ENDIAN);
      return { type: 0, position: (offset - start) >> 2, header: word, words: 0, isInner: false };
    };
    add(header(list - ATTRIBUTE_HEADER_LENGTH), 0);
    let entry = list;
    for (let index = 0; index < count; index++) {
      add(header(entry), 0);
      const inside = (entry + ATTRIBUTE_HEADER_LENGTH - start) >> 2;
      for (const attribute of destinations.layout.attributes)
        add({ ...attribute, position: inside + attribute.position }, destinations.copied(attribute));
      entry += align(entryLength(view.data, entry));
    }
    this.layout = service.layout;
    this.count = count;
    this.destinations = destinations;
    this.words = COUNTER_WORDS + count * destinations.length;
    this.#sequence = new AttributeSequence(
      attributes,
      (end - start) >> 2,
      (attribute) => copied.get(attribute)!,
    );
  }

  /**
   * Keeps the nest at `start`, which is as long as the one that this was learned from, at the word `to` of
   * `into`. False where any header differs, or a destination is of no family that there is.
   */
  keep(view: ByteView, start: number, into: ByteView, to: number): boolean {
    return (
      this.#sequence.copy(view.words, start >> 2, into.words, to) &&
      haveFamilies(into, to + COUNTER_WORDS, this.destinations, this.count)
    );
  }
}

/** A length of nests: how the last one learned is kept, and how many others were met. */
interface KnownLength {
  kept: KeptService | undefined;
  misses: number;
}

/** The kinds of nests that were met, one for each length. */
export class KeptServices {
  readonly #known = new Map<number, KnownLength>();
  #lastLength = -1;
  #last: KnownLength | undefined;

  /** How the nest at `start` to `end` can probably be kept: {@link KeptService.keep} will tell. */
  likely(start: number, end: number): KeptService | undefined {
    if (((start | end) & 3) !== 0) return undefined;
    const length = end - start;
    if (length !== this.#lastLength) {
      this.#lastLength = length;
      this.#last = this.#known.get(length);
    }
    return this.#last?.kept;
  }

  /**
   * Notes a nest that had to be looked at entry by entry. The second of its length is learned, and then
   * the fourth, the eighth and so on: kinds of one length that take turns cost little.
   */
  missed(view: ByteView, start: number, end: number, found: FoundService): void {
    if (found.count > MOST_DESTINATIONS || ((start | end) & 3) !== 0) return;
    let known = this.#known.get(end - start);
    if (known === undefined) {
      if (this.#known.size === MOST_KNOWN) return;
      known = { kept: undefined, misses: 0 };
      this.#known.set(end - start, known);
      this.#lastLength = -1;
    }
    const { misses } = known;
    known.misses = misses + 1;
    if (misses > 0 && (misses & (misses + 1)) === 0) known.kept = new KeptService(view, start, end, found);
  }
}
