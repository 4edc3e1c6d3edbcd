/** The subset of services that a per-service method reads, evenly spread over the table. */
export interface Subset {
  /** Every `stride`-th service is read; 1 for all. */
  readonly stride: number;
}

export const everyService: Subset = { stride: 1 };

/** Minimum number of services that are read. */
const MINIMUM_SERVICES = 100;

/**
 * Returns a subset of the services that takes about `limit` milliseconds to read, if the whole table takes
 * about `whole`. The stride is a power of two; small tables are read completely.
 */
export function subsetFor(services: number, whole: number, limit: number): Subset {
  let stride = 1;
  while (whole / stride > limit && services / (2 * stride) >= MINIMUM_SERVICES) stride *= 2;
  return { stride };
}

/** Selects the items of a subset, and estimates the time that reading the items left out would have taken. */
export class SubsetTimer {
  readonly #subset: Subset;
  #skippedTime = 0;

  constructor(subset: Subset) {
    this.#subset = subset;
  }

  /** Returns the items of the subset. */
  selected<Item>(items: readonly Item[]): readonly Item[] {
    const { stride } = this.#subset;
    return stride === 1 ? items : items.filter((_, index) => index % stride === 0);
  }

  /** Records that reading `chosen` of `services` services took `milliseconds`. */
  record(chosen: number, services: number, milliseconds: number): void {
    if (chosen < services) this.#skippedTime += milliseconds * (services / chosen - 1);
  }

  /** Returns the estimated time that reading the services left out so far would have taken, in milliseconds. */
  readonly skippedTime = (): number => this.#skippedTime;
}
