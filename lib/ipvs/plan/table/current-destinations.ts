import {
  type Destination,
  destinationKeyText,
  type ServiceWithDestinations,
} from '../../../../protocol/ipvs/index.ts';

/** Maximum number of destinations for which a linear search is faster than a map. */
const FEW = 8;
const NONE: readonly Destination[] = [];

/** The current destinations of a service, looked up by key; the address of the key must be in canonical form. */
export class CurrentDestinations implements Iterable<Destination> {
  readonly #all: readonly Destination[];
  readonly #byKey: ReadonlyMap<string, Destination> | undefined;

  constructor(service: ServiceWithDestinations | undefined) {
    this.#all = service?.destinations ?? NONE;
    if (this.#all.length <= FEW) return;
    this.#byKey = new Map(this.#all.map((destination) => [destinationKeyText(destination), destination]));
  }

  get length(): number {
    return this.#all.length;
  }

  get(key: { readonly address: string; readonly port: number }): Destination | undefined {
    if (this.#byKey !== undefined) return this.#byKey.get(destinationKeyText(key));
    for (const destination of this.#all) {
      if (destination.port === key.port && destination.address === key.address) return destination;
    }
    return undefined;
  }

  [Symbol.iterator](): Iterator<Destination> {
    return this.#all[Symbol.iterator]();
  }
}
