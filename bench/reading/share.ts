/** Which services of a table a way that asks service by service asks, evenly spread over it. */
export interface Share {
  /** Of so many services one is asked for its destinations; 1: all. */
  readonly oneOf: number;
}

export const everyService: Share = { oneOf: 1 };

/** Minimum number of services that are asked. */
const MINIMUM_SERVICES = 100;

/**
 * The share of a table whose reading takes about `limit` milliseconds, where all of it takes about `whole`.
 * A power of two; of small tables all.
 */
export function shareFor(services: number, whole: number, limit: number): Share {
  let oneOf = 1;
  while (whole / oneOf > limit && services / (2 * oneOf) >= MINIMUM_SERVICES) oneOf *= 2;
  return { oneOf };
}

/** Takes every so manieth item, and counts the time that the others would have taken. */
export class ShareTimer {
  readonly #share: Share;
  #added = 0;

  constructor(share: Share) {
    this.#share = share;
  }

  /** The items of the share. */
  taken<Item>(items: readonly Item[]): readonly Item[] {
    const { oneOf } = this.#share;
    return oneOf === 1 ? items : items.filter((_, index) => index % oneOf === 0);
  }

  /** Counts a reading of `asked` of so many services that took so many milliseconds. */
  count(asked: number, services: number, milliseconds: number): void {
    if (asked < services) this.#added += milliseconds * (services / asked - 1);
  }

  /** Milliseconds that all other services would have taken, so far. */
  readonly added = (): number => this.#added;
}
