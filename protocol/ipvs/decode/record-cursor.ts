import type { Destination } from '../fields/destination.ts';
import type { Service } from '../fields/service.ts';
import { DestinationRecord } from '../records/destination-record.ts';
import { destinationLayout, serviceLayout } from '../records/record-layout.ts';
import { RecordChunk, type RecordStore } from '../records/record-store.ts';
import { ServiceRecord } from '../records/service-record.ts';
import { destinationObject, type GrowingService, growingServiceObject } from './decoded-objects.ts';

/** Where a cursor finds the records of a table. */
export interface RecordSource {
  /** How many services there are. */
  readonly length: number;
  /** Moves a view to a service by its number. */
  moveToService(record: ServiceRecord, index: number): void;
  /** How many destinations a service has. */
  destinationCount(index: number): number;
  /** Moves a view to a destination of a service; false where there are not so many. */
  moveToDestination(record: DestinationRecord, index: number, number: number): boolean;
}

/** A service with the properties of an object, as a cursor shows it. */
export type ServiceView = Service &
  Pick<
    ServiceRecord,
    | 'key'
    | 'endpoint'
    | 'familyNumber'
    | 'protocolNumber'
    | 'addressWord'
    | 'flags'
    | 'writeKey'
    | 'counterNumber'
  >;
/** A destination with the properties of an object, as a cursor shows it. */
export type DestinationView = Destination &
  Pick<DestinationRecord, 'endpoint' | 'familyNumber' | 'addressWord' | 'forwardingNumber' | 'counterNumber'>;

// TypeScript cannot see that a class without unions has the properties of one member of a union.
type AnyView = unknown;

/**
 * Reads records in turn, without an object for each. `service` and `destination` are views: their values hold until
 * the cursor moves.
 *
 * ```ts
 * const cursor = records.cursor();
 * while (cursor.nextService()) {
 *   while (cursor.nextDestination()) console.log(cursor.service.port, cursor.destination.address);
 * }
 * ```
 */
export class RecordCursor {
  /** The service that the cursor is at. */
  readonly service: ServiceView;
  /** The destination that the cursor is at. */
  readonly destination: DestinationView;
  readonly #service: ServiceRecord;
  readonly #destination: DestinationRecord;
  readonly #records: RecordSource;
  #index = -1;
  #number = 0;

  constructor(store: RecordStore, records: RecordSource) {
    this.#records = records;
    this.#service = new ServiceRecord(store);
    this.#destination = new DestinationRecord(store);
    this.service = this.#service as AnyView as ServiceView;
    this.destination = this.#destination;
  }

  /** The number of the service that the cursor is at, from 0; -1 ahead of the first. */
  get index(): number {
    return this.#index;
  }

  /** Moves on to the next service; false after the last. */
  nextService(): boolean {
    if (this.#index + 1 >= this.#records.length) return false;
    this.moveTo(this.#index + 1);
    return true;
  }

  /** Moves to a service by its number, ahead of its first destination. Throws a RangeError where there is none. */
  moveTo(index: number): void {
    if (!(index >= 0 && index < this.#records.length)) throw new RangeError(`there is no service ${index}`);
    this.#index = index;
    this.#number = 0;
    this.#records.moveToService(this.#service, index);
  }

  /** How many destinations the service has. */
  get destinationCount(): number {
    return this.#records.destinationCount(this.#index);
  }

  /** Moves to a destination of the service by its number, from 0. Throws a RangeError where there is none. */
  moveToDestination(number: number): void {
    if (!this.#records.moveToDestination(this.#destination, this.#index, number))
      throw new RangeError(`the service has no destination ${number}`);
    this.#number = number + 1;
  }

  /** Moves on to the next destination of the service; false after the last. */
  nextDestination(): boolean {
    if (!this.#records.moveToDestination(this.#destination, this.#index, this.#number)) return false;
    this.#number++;
    return true;
  }

  /**
   * The service with all of its destinations as an object of its own, which holds when the cursor moves on, and keeps
   * no memory but its own. Afterwards the cursor is ahead of the service's first destination.
   */
  object(): GrowingService {
    const count = this.destinationCount;
    const chunk = new RecordChunk(serviceLayout.length + count * destinationLayout.length);
    const service = growingServiceObject(this.#service.moveToCopy(chunk, 0));
    for (let number = 0; number < count; number++) {
      this.moveToDestination(number);
      const at = serviceLayout.length + number * destinationLayout.length;
      service.destinations.push(destinationObject(this.#destination.moveToCopy(chunk, at)));
    }
    this.moveTo(this.#index);
    return service;
  }
}
