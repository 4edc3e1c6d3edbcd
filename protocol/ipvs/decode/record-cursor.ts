import type { Destination } from '../fields/destination.ts';
import type { Service } from '../fields/service.ts';
import { DestinationRecordView } from '../records/destination-record.ts';
import { destinationLayout, serviceLayout } from '../records/record-layout.ts';
import { RecordChunk, type RecordStore } from '../records/record-store.ts';
import { ServiceRecordView } from '../records/service-record.ts';
import { destinationObject, type MutableService, mutableServiceObject } from './decoded-objects.ts';

/** The records that a cursor reads. */
export interface RecordSource {
  /** Number of services. */
  readonly length: number;
  /** Moves a view to the service with this index. */
  moveToService(record: ServiceRecordView, serviceIndex: number): void;
  /** Returns the number of destinations of a service. */
  destinationCount(serviceIndex: number): number;
  /** Moves a view to a destination of a service; false if there is none with this index. */
  moveToDestination(record: DestinationRecordView, serviceIndex: number, destinationIndex: number): boolean;
}

/** A cursor's view of a service, with the properties of a {@link Service}. */
export type ServiceView = Service &
  Pick<
    ServiceRecordView,
    | 'key'
    | 'endpoint'
    | 'familyNumber'
    | 'protocolNumber'
    | 'endpointNumber'
    | 'addressWord'
    | 'flags'
    | 'writeKey'
    | 'counterNumber'
  >;
/** A cursor's view of a destination, with the properties of a {@link Destination}. */
export type DestinationView = Destination &
  Pick<
    DestinationRecordView,
    'endpoint' | 'familyNumber' | 'endpointNumber' | 'addressWord' | 'forwardingNumber' | 'counterNumber'
  >;

// TypeScript cannot see that a ServiceRecordView is one of the members of the union type ServiceView.
type AnyView = unknown;

/**
 * Iterates over records without creating an object for each. `service` and `destination` are views: their values are
 * valid until the cursor moves.
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
  readonly #service: ServiceRecordView;
  readonly #destination: DestinationRecordView;
  readonly #records: RecordSource;
  #index = -1;
  #nextDestination = 0;

  constructor(store: RecordStore, records: RecordSource) {
    this.#records = records;
    this.#service = new ServiceRecordView(store);
    this.#destination = new DestinationRecordView(store);
    this.service = this.#service as AnyView as ServiceView;
    this.destination = this.#destination;
  }

  /** Index of the service that the cursor is at, from 0; -1 before the first. */
  get index(): number {
    return this.#index;
  }

  /** Moves to the next service; false after the last. */
  nextService(): boolean {
    if (this.#index + 1 >= this.#records.length) return false;
    this.moveTo(this.#index + 1);
    return true;
  }

  /**
   * Moves to a service by its index, before its first destination. Throws a RangeError for an invalid index.
   */
  moveTo(index: number): void {
    if (!(index >= 0 && index < this.#records.length)) throw new RangeError(`there is no service ${index}`);
    this.#index = index;
    this.#nextDestination = 0;
    this.#records.moveToService(this.#service, index);
  }

  /** Number of destinations of the service. */
  get destinationCount(): number {
    return this.#records.destinationCount(this.#index);
  }

  /** Moves to a destination of the service by its index, from 0. Throws a RangeError for an invalid index. */
  moveToDestination(index: number): void {
    if (!this.#records.moveToDestination(this.#destination, this.#index, index))
      throw new RangeError(`the service has no destination ${index}`);
    this.#nextDestination = index + 1;
  }

  /** Moves to the next destination of the service; false after the last. */
  nextDestination(): boolean {
    if (!this.#records.moveToDestination(this.#destination, this.#index, this.#nextDestination)) return false;
    this.#nextDestination++;
    return true;
  }

  /**
   * Copies the service with all of its destinations into an object, which stays valid when the cursor moves
   * on, and does not keep the records alive. Afterwards the cursor is before the service's first destination.
   */
  object(): MutableService {
    const count = this.destinationCount;
    const chunk = new RecordChunk(serviceLayout.length + count * destinationLayout.length);
    const destinations: Destination[] = [];
    const service = mutableServiceObject(this.#service.moveToCopy(chunk, 0), destinations);
    for (let index = 0; index < count; index++) {
      this.moveToDestination(index);
      const at = serviceLayout.length + index * destinationLayout.length;
      destinations.push(destinationObject(this.#destination.moveToCopy(chunk, at)));
    }
    this.moveTo(this.#index);
    return service;
  }
}
