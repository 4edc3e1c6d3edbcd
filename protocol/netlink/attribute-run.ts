import { walkAttributes } from './attribute-walk.ts';
import type { ByteView } from './byte-view.ts';
import { ATTRIBUTE_HEADER_LENGTH, align } from './constants.ts';

/**
 * The layout of a nest in which the attributes of some types lie one behind the other: a run. Whoever
 * knows already what the bytes of a run mean need not decode them again.
 *
 * Of the run the layout says only where it lies. All other attributes must have the headers that they
 * had when it was learned, so nests that it fits and whose runs are equal differ in values outside only.
 */
export class AttributeRun {
  /** Where the run begins and ends, from the nest's start. */
  readonly start: number;
  readonly end: number;
  /** Where the value of each attribute outside lies, from the nest's start, by type. */
  readonly at: ReadonlyMap<number, number>;
  readonly #length: number;
  readonly #positions: Int32Array;
  readonly #headers: Int32Array;

  private constructor(
    view: ByteView,
    nest: readonly [start: number, end: number],
    run: readonly [start: number, end: number],
    at: ReadonlyMap<number, number>,
  ) {
    const [start, end] = nest;
    [this.start, this.end] = run;
    this.at = at;
    this.#length = end - start;
    this.#positions = Int32Array.from(at.values(), (value) => (value - ATTRIBUTE_HEADER_LENGTH) >> 2);
    this.#headers = this.#positions.map((position) => view.words[(start >> 2) + position]!);
  }

  /**
   * Learns from the nest at `start` to `end`, a multiple of 4, what a run of these types looks like;
   * `undefined` where they do not lie one behind the other, or an attribute comes twice. Throws a
   * DecodeError.
   */
  static learn(
    view: ByteView,
    start: number,
    end: number,
    types: ReadonlySet<number>,
  ): AttributeRun | undefined {
    let from = 0;
    let to = 0;
    let whole = (start & 3) === 0;
    const at = new Map<number, number>();
    walkAttributes(view, start, end, '', (type, _raw, valueStart, valueEnd) => {
      const value = valueStart - start;
      if (!types.has(type)) {
        whole &&= !at.has(type);
        at.set(type, value);
        return;
      }
      const header = value - ATTRIBUTE_HEADER_LENGTH;
      if (to === 0) from = header;
      else whole &&= header === to;
      to = align(valueEnd - start);
    });
    return whole && to > 0 ? new AttributeRun(view, [start, end], [from, to], at) : undefined;
  }

  /** Whether the nest at `start` to `end` is laid out like this, its run aside. */
  fits({ words }: ByteView, start: number, end: number): boolean {
    if (end - start !== this.#length) return false;
    const base = start >> 2;
    const headers = this.#headers;
    const positions = this.#positions;
    for (let index = 0; index < headers.length; index++)
      if (words[base + positions[index]!] !== headers[index]) return false;
    return true;
  }
}
