import {
  referenceAttributes,
  referenceDestination,
  referenceService,
  referenceServiceDestinations,
  referenceServiceKey,
} from '../../protocol/reference-decoder.ts';

const NEW_SERVICE = 1;
const SERVICE = 1;
const DESTINATION = 2;

interface Destination {
  readonly address: string;
  readonly port: number;
}

interface Item {
  readonly service: unknown;
  destinations: unknown[];
  parts: number;
}

/** A simple model of how the messages of a dump make up services. Throws a RangeError for malformed messages. */
export class ModelDump {
  readonly #mergeRepeated: boolean;
  readonly #items: Item[] = [];
  readonly #byKey = new Map<string, Item>();
  #current: Item | undefined;
  #currentRawKey = '';
  #family: 'ipv4' | 'ipv6' = 'ipv4';

  /**
   * `mergeRepeated`: whether a service that appears again anywhere in the dump, not only in the next message, is
   * merged.
   */
  constructor(mergeRepeated: boolean) {
    this.#mergeRepeated = mergeRepeated;
  }

  /** Adds the payload of a message, including the generic netlink header. */
  add(payload: Buffer): void {
    if (payload.length < 4) throw new RangeError('generic header');
    const isService = payload[0] === NEW_SERVICE;
    for (const { type, value } of referenceAttributes(payload.subarray(4))) {
      if ((type & 0x3fff) !== (isService ? SERVICE : DESTINATION)) continue;
      if (isService) this.#addService(value);
      else if (this.#current !== undefined)
        this.#current.destinations.push(referenceDestination(value, this.#family));
    }
  }

  #addService(bytes: Buffer): void {
    const service = referenceService(bytes);
    const destinations = referenceServiceDestinations(bytes) ?? [];
    const { family, protocol, address, port, mark } = service as Record<string, unknown>;
    const key = mark === undefined ? `${protocol} ${address} ${port}` : `${family} ${mark}`;
    const rawKey = referenceServiceKey(bytes);
    const isSame = this.#current !== undefined && rawKey === this.#currentRawKey;
    let item = isSame ? this.#current : this.#mergeRepeated ? this.#byKey.get(key) : undefined;
    if (item === undefined) {
      item = { service, destinations: [], parts: 0 };
      this.#items.push(item);
      this.#byKey.set(key, item);
    }
    item.parts++;
    item.destinations.push(...destinations);
    this.#current = item;
    this.#currentRawKey = rawKey;
    this.#family = family as 'ipv4' | 'ipv6';
  }

  /** Returns the services. With `mergeRepeated`, a service that came in several messages has each destination once. */
  services(): { readonly service: unknown; readonly destinations: readonly unknown[] }[] {
    return this.#items.map(({ service, destinations, parts }) => {
      if (!this.#mergeRepeated || parts === 1) return { service, destinations };
      const keys = (destinations as Destination[]).map(({ address, port }) => `${address} ${port}`);
      const first = new Map<string, number>();
      for (const [index, key] of keys.entries()) if (!first.has(key)) first.set(key, index);
      return { service, destinations: [...first.values()].map((index) => destinations[index]) };
    });
  }
}
