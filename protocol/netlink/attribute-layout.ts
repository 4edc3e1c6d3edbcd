import { AttributeSequence, type FoundAttribute } from './attribute-sequence.ts';
import type { AttributeSpec } from './attribute-table.ts';
import { walkAttributes } from './attribute-walk.ts';
import type { ByteView } from './byte-view.ts';
import { ATTRIBUTE_HEADER_LENGTH, align, LITTLE_ENDIAN } from './constants.ts';
import { DecodeError } from './errors.ts';
import { leastLength } from './scalars.ts';

/** Where each attribute of a nest lies: what a walk over the nest finds out. */
export class AttributeLayout {
  /** Offset of each attribute's value from the nest's start, by type; 0 where it is absent. */
  readonly at: Int32Array;
  /** Length of each attribute's value in bytes, by type; of the open attribute when it was learned. */
  readonly lengths: Int32Array;
  /** True when the nest holds attributes that the table does not know. */
  readonly hasUnknown: boolean;
  /** The layout inside the one nest that the index looks into; `undefined` where it is absent. */
  readonly inner: AttributeLayout | undefined;
  /** All attributes in their order, those of the inner nest behind its own header; without the open one. */
  readonly attributes: readonly FoundAttribute[];
  /** Where the attributes end, in words: at the open one where there is one. */
  readonly endWord: number;
  readonly #sequence: AttributeSequence;
  readonly #length: number;
  /** Offset of the open attribute's header, -1 where there is none. */
  readonly #open: number;
  readonly #openType: number;

  constructor(learned: {
    readonly at: Int32Array;
    readonly lengths: Int32Array;
    readonly hasUnknown: boolean;
    readonly inner: AttributeLayout | undefined;
    readonly attributes: readonly FoundAttribute[];
    readonly length: number;
    readonly open: number;
    readonly openType: number;
  }) {
    this.at = learned.at;
    this.lengths = learned.lengths;
    this.hasUnknown = learned.hasUnknown;
    this.inner = learned.inner;
    this.attributes = learned.attributes;
    this.#length = learned.length;
    this.#open = learned.open;
    this.#openType = learned.openType;
    this.endWord = (learned.open === -1 ? align(learned.length) : learned.open) >> 2;
    this.#sequence = new AttributeSequence(learned.attributes, this.endWord, () => 0);
  }

  /** True when every attribute header at `start` to `end` is the one this layout was learned from. */
  fits(view: ByteView, start: number, end: number): boolean {
    return this.fitsLength(view, start, end) && this.#sequence.fits(view.words, start >> 2);
  }

  /** True when the nest is as long as this layout, which comes before looking at its headers. */
  fitsLength(view: ByteView, start: number, end: number): boolean {
    return this.#open === -1 ? end - start === this.#length : this.#openFits(view, start, end);
  }

  #openFits(view: ByteView, start: number, end: number): boolean {
    const header = start + this.#open;
    if (header + ATTRIBUTE_HEADER_LENGTH > end) return false;
    const length = view.data.getUint16(header, LITTLE_ENDIAN);
    return (
      view.data.getUint16(header + 2, LITTLE_ENDIAN) === this.#openType &&
      length >= ATTRIBUTE_HEADER_LENGTH &&
      header + length <= end &&
      header + align(length) >= end
    );
  }
}

const KEPT_LAYOUTS = 8;

/**
 * Finds the attributes of a nest, remembering the layouts it has met.
 *
 * A kernel writes the same attributes in the same order for thousands of objects. A layout that
 * was learned from a full walk is used again only where every header word (type and length of
 * every attribute) is the same, so the answer is always the one that the walk would give.
 *
 * `open` names an attribute of free length, such as a list of entries: where it comes last, its type
 * and bounds are verified and its length is not compared. `inner` is the index of a nest inside, which
 * is then verified along with what is around it.
 */
export class AttributeIndex {
  readonly #name: string;
  readonly #openType: number;
  readonly #innerType: number;
  readonly #inner: AttributeIndex | undefined;
  readonly #kinds: (string | undefined)[] = [];
  readonly #names: string[] = [];
  readonly #layouts: AttributeLayout[] = [];

  constructor(
    name: string,
    set: { readonly [attribute: string]: AttributeSpec },
    options: {
      readonly open?: number;
      readonly inner?: { readonly type: number; readonly index: AttributeIndex };
    } = {},
  ) {
    this.#name = name;
    this.#openType = options.open ?? -1;
    this.#innerType = options.inner?.type ?? -1;
    this.#inner = options.inner?.index;
    for (const [attribute, [type, kind]] of Object.entries(set)) {
      this.#kinds[type] = kind;
      this.#names[type] = attribute;
    }
  }

  /**
   * The layout of the nest at `start` to `end`. What does not start on a multiple of 4 is walked and
   * not remembered.
   *
   * Throws a {@link DecodeError} for a length that does not fit or a value shorter than its kind.
   */
  find(view: ByteView, start: number, end: number): AttributeLayout {
    if ((start & 3) !== 0) return this.#learn(view, start, end);
    const layouts = this.#layouts;
    for (let index = 0; index < layouts.length; index++) {
      const layout = layouts[index]!;
      if (layout.fits(view, start, end)) return layout;
    }
    const layout = this.#learn(view, start, end);
    if (layouts.length === KEPT_LAYOUTS) layouts.pop();
    layouts.unshift(layout);
    return layout;
  }

  #learn(view: ByteView, start: number, end: number): AttributeLayout {
    const at = new Int32Array(this.#kinds.length);
    const lengths = new Int32Array(this.#kinds.length);
    const attributes: FoundAttribute[] = [];
    let hasUnknown = false;
    let open = -1;
    let openType = 0;
    walkAttributes(view, start, end, this.#name, (type, rawType, from, to) => {
      const header = from - ATTRIBUTE_HEADER_LENGTH;
      const isOpen = type === this.#openType && align(to - start) >= end - start;
      if (isOpen) {
        open = header - start;
        openType = rawType;
      } else {
        attributes.push({
          type,
          position: (header - start) >> 2,
          header: view.data.getInt32(header, LITTLE_ENDIAN),
          words: align(to - from) >> 2,
          isInner: false,
        });
      }
      const kind = this.#kinds[type];
      if (kind === undefined) {
        hasUnknown = true;
        return;
      }
      if (to - from < leastLength(kind)) {
        const path = `${this.#name}.${this.#names[type]}`;
        throw new DecodeError(`${to - from} bytes are too few for ${kind}`, from, path);
      }
      at[type] = from - start;
      lengths[type] = to - from;
    });
    const innerAt = at[this.#innerType] ?? 0;
    const inner =
      innerAt === 0
        ? undefined
        : this.#inner?.find(view, start + innerAt, start + innerAt + lengths[this.#innerType]!);
    if (inner !== undefined) {
      const nest = attributes.findLastIndex(({ type }) => type === this.#innerType);
      const inside = inner.attributes.map((attribute) => ({
        ...attribute,
        position: attribute.position + (innerAt >> 2),
        isInner: true,
      }));
      attributes.splice(nest + 1, 0, ...inside);
    }
    return new AttributeLayout({
      at,
      lengths,
      hasUnknown,
      inner,
      attributes,
      length: end - start,
      open,
      openType,
    });
  }
}
