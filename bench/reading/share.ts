/** The share of services that a per-service method reads, evenly spread over the table. */
export interface Share {
  /** One of this number of services is read; 1 for all. */
  readonly oneOf: number;
}

export const everyService: Share = { oneOf: 1 };

/** Minimum number of services that are read. */
const MINIMUM_SERVICES = 100;

/**
 * Returns a share of the services that takes about `limit` milliseconds to read, if the whole table takes
 * about `whole`. `oneOf` is a power of two; small tables are read completely.
 */
export function shareFor(services: number, whole: number, limit: number): Share {
  let oneOf = 1;
  while (whole / oneOf > limit && services / (2 * oneOf) >= MINIMUM_SERVICES) oneOf *= 2;
  return { oneOf };
}

/** Selects the items of a share, and estimates the time that the others would have taken. */
export class ShareTimer {
  readonly #share: Share;
  #skippedTime = 0;

  constructor(share: Share) {
    this.#share = share;
  }

  /** Returns the items of the share. */
  selected<Item>(items: readonly Item[]): readonly Item[] {
    const { oneOf } = this.#share;
    return oneOf === 1 ? items : items.filter((_, index) => index % oneOf === 0);
  }

  /** Adds a read of `sampled` of `services` services that took `milliseconds`. */
  count(sampled: number, services: number, milliseconds: number): void {
    if (sampled < services) this.#skippedTime += milliseconds * (services / sampled - 1);
  }

  /** Returns the estimated time of the skipped services so far, in milliseconds. */
  readonly skippedTime = (): number => this.#skippedTime;
}
