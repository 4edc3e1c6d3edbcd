import type { Destination } from '../fields/destination.ts';
import { destinationKeyText } from '../fields/keys.ts';
import type { ServiceWithDestinations } from '../fields/service.ts';
import { RecordStore } from '../records/record-store.ts';
import { destinationObject, type MutableService, mutableServiceObject } from './decoded-objects.ts';
import { DumpDecoder } from './dump-decoder.ts';

/** The list of every service without destinations, so that not each service has an array of its own at first. */
const NO_DESTINATIONS: Destination[] = [];
Object.freeze(NO_DESTINATIONS);

/** Assembles the messages of a dump into services with all of their destinations, see {@link DumpDecoder}. */
export class ServiceAssembler extends DumpDecoder<MutableService> {
  readonly #mergeRepeated: boolean;
  #services: MutableService[] = [];
  /** Scratch list for the destinations of the current message; the first `#count` entries are valid. */
  readonly #scratch: Destination[] = [];
  #count = 0;

  /** `mergeRepeated` is that of `DumpDecoderOptions`. */
  constructor(options: { readonly mergeRepeated: boolean }) {
    super(new RecordStore(), options);
    this.#mergeRepeated = options.mergeRepeated;
  }

  /**
   * Removes and returns the services that are complete: all but the last, which may continue in the next
   * message. With `mergeRepeated` no service is complete before the end of the dump.
   */
  take(): ServiceWithDestinations[] {
    if (this.#mergeRepeated) return [];
    const services = this.#services;
    const last = services.pop();
    this.#services = last === undefined ? [] : [last];
    return services;
  }

  /** Ends the dump, and returns the services that {@link take} has not returned. */
  rest(): ServiceWithDestinations[] {
    this.finish();
    return this.#services;
  }

  override reset(): void {
    super.reset();
    this.#services = [];
  }

  protected begin(): MutableService {
    const service = mutableServiceObject(this.service, NO_DESTINATIONS);
    this.#services.push(service);
    return service;
  }

  protected append(): void {
    this.#scratch[this.#count++] = destinationObject(this.destination);
  }

  protected override appended(service: MutableService): void {
    if (this.#count === 0) return;
    // `push` allocates room for 16 more, `slice` only what it needs; most services fit one message.
    const added = this.#scratch.slice(0, this.#count);
    this.#count = 0;
    if (service.destinations.length === 0) service.destinations = added;
    else for (const destination of added) service.destinations.push(destination);
  }

  protected clear(service: MutableService): void {
    service.destinations = NO_DESTINATIONS;
  }

  protected removeDuplicates(service: MutableService): void {
    service.destinations = uniqueDestinations(service.destinations);
  }
}

/** Returns the destinations without duplicates: of those with the same key only the first, in order. */
export function uniqueDestinations(destinations: readonly Destination[]): Destination[] {
  const byKey = new Map<string, Destination>();
  for (const destination of destinations) {
    const key = destinationKeyText(destination);
    if (!byKey.has(key)) byKey.set(key, destination);
  }
  return [...byKey.values()];
}
