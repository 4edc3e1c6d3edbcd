import type {
  Destination,
  RecordCursor,
  Service,
  ServiceRecords,
  ServiceWithDestinations,
} from '../../../../protocol/ipvs/index.ts';

/**
 * The current table of a plan, by the indexes of services and destinations. The results of `service`
 * and `destination` are valid until the next call of either.
 */
export interface CurrentTable {
  readonly length: number;
  service(index: number): Service;
  destinationCount(index: number): number;
  destination(index: number, destinationIndex: number): Destination;
  /** Returns a service with its destinations, which stays valid. */
  serviceWithDestinations(index: number): ServiceWithDestinations;
}

/** A table of objects. */
export class ObjectTable implements CurrentTable {
  readonly #services: readonly ServiceWithDestinations[];

  constructor(services: Iterable<ServiceWithDestinations>) {
    this.#services = [...services];
  }

  get length(): number {
    return this.#services.length;
  }

  service(index: number): Service {
    return this.#services[index]!;
  }

  destinationCount(index: number): number {
    return this.#services[index]!.destinations.length;
  }

  destination(index: number, destinationIndex: number): Destination {
    return this.#services[index]!.destinations[destinationIndex]!;
  }

  serviceWithDestinations(index: number): ServiceWithDestinations {
    return this.#services[index]!;
  }
}

/** A table of records; objects are created only for services that differ. */
export class RecordTable implements CurrentTable {
  readonly #records: ServiceRecords;
  readonly #cursor: RecordCursor;

  constructor(records: ServiceRecords) {
    this.#records = records;
    this.#cursor = records.cursor();
  }

  get length(): number {
    return this.#records.length;
  }

  service(index: number): Service {
    this.#moveTo(index);
    return this.#cursor.service;
  }

  destinationCount(index: number): number {
    this.#moveTo(index);
    return this.#cursor.destinationCount;
  }

  destination(index: number, destinationIndex: number): Destination {
    this.#moveTo(index);
    this.#cursor.moveToDestination(destinationIndex);
    return this.#cursor.destination;
  }

  serviceWithDestinations(index: number): ServiceWithDestinations {
    this.#moveTo(index);
    return this.#cursor.object();
  }

  #moveTo(index: number): void {
    if (this.#cursor.index !== index) this.#cursor.moveTo(index);
  }
}
