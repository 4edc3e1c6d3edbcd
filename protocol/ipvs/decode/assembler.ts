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
  /** The destinations of the message that is being decoded: the first `#count` of the list. */
  readonly #part: Destination[] = [];
  #count = 0;

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

  protected append(): void {
    this.#part[this.#count++] = destinationObject(this.destination);
  }

  protected override appended(service: GrowingService): void {
    // A list that grows has memory for sixteen more; most services have all their destinations in one message.
    const part = this.#part.slice(0, this.#count);
    this.#count = 0;
    if (service.destinations.length === 0) service.destinations = part;
    else for (const destination of part) service.destinations.push(destination);
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
