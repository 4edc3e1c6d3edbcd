import type { Destination } from '../fields/destination.ts';
import { destinationKeyText } from '../fields/keys.ts';
import type { ServiceWithDestinations } from '../fields/service.ts';
import { RecordStore } from '../records/record-store.ts';
import { destinationObject, type GrowingService, growingServiceObject } from './decoded-objects.ts';
import { DumpDecoder } from './dump-decoder.ts';

/** Makes services with all of their destinations of the messages of a dump, see {@link DumpDecoder}. */
export class ServiceAssembler extends DumpDecoder<GrowingService> {
  readonly #merge: boolean;
  #services: GrowingService[] = [];

  constructor(options: { readonly merge: boolean }) {
    super(new RecordStore(), options);
    this.#merge = options.merge;
  }

  /**
   * Hands over the services that are complete and forgets them: all but the last, which may go on. With `merge`
   * nothing is complete before the end.
   */
  take(): ServiceWithDestinations[] {
    if (this.#merge) return [];
    const services = this.#services;
    const last = services.pop();
    this.#services = last === undefined ? [] : [last];
    return services;
  }

  /** At the end of the dump: every service that has not been taken. */
  rest(): ServiceWithDestinations[] {
    this.finish();
    return this.#services;
  }

  override reset(): void {
    super.reset();
    this.#services = [];
  }

  protected begin(): GrowingService {
    const service = growingServiceObject(this.service);
    this.#services.push(service);
    return service;
  }

  protected append({ destinations }: GrowingService): void {
    destinations.push(destinationObject(this.destination));
  }

  protected clear({ destinations }: GrowingService): void {
    destinations.length = 0;
  }

  protected uniteParts({ destinations }: GrowingService): void {
    destinations.splice(0, destinations.length, ...uniqueDestinations(destinations));
  }
}

/** The destinations with each key once, the first one kept, in their order. */
export function uniqueDestinations(destinations: readonly Destination[]): Destination[] {
  const byKey = new Map<string, Destination>();
  for (const destination of destinations) {
    const key = destinationKeyText(destination);
    if (!byKey.has(key)) byKey.set(key, destination);
  }
  return [...byKey.values()];
}
