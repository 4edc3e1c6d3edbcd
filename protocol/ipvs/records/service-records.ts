import type { ByteView, UnknownAttribute } from '../../netlink/index.ts';
import { destinationKeyText } from '../keys.ts';
import type { Destination, Service } from '../types.ts';
import { DestinationRecord } from './destination-record.ts';
import { DumpDecoder, type DumpDecoderOptions } from './dump-decoder.ts';
import { CHUNK_WORDS, RecordStore } from './record-store.ts';
import { ServiceRecord } from './service-record.ts';

/** A service with the properties of an object, as a cursor shows it. */
export type ServiceView = Service & Pick<ServiceRecord, 'key' | 'familyNumber' | 'flags'>;
/** A destination with the properties of an object, as a cursor shows it. */
export type DestinationView = Destination & Pick<DestinationRecord, 'forwardingNumber'>;

// TypeScript cannot see that a class without unions has the properties of one member of a union.
type AnyView = unknown;

/** Where a record lies: the number of its chunk times the length of a chunk, plus its first word. */
type Position = number;

/**
 * The records of a dump, in the order in which the services came: a table in little memory, a few hundred bytes for
 * each object, to be read with cursors.
 */
export class ServiceRecords extends DumpDecoder<number> {
  readonly #chunks: ByteView[] = [];
  readonly #services: Position[] = [];
  /** The destinations of each service: the first of its run in `#destinations`, and how many there are. */
  readonly #firsts: number[] = [];
  readonly #counts: number[] = [];
  readonly #destinations: Position[] = [];
  /** Destinations that came when those of another service had come behind the run. */
  readonly #others = new Map<number, Position[]>();
  readonly #unknown = new Map<Position, readonly UnknownAttribute[]>();

  constructor(options: DumpDecoderOptions) {
    super(new RecordStore(), options);
  }

  /** How many services there are. */
  get length(): number {
    return this.#services.length;
  }

  /** A cursor ahead of the first service. */
  cursor(): RecordCursor {
    return new RecordCursor(this.store, this);
  }

  override reset(): void {
    super.reset();
    for (const list of [this.#chunks, this.#services, this.#firsts, this.#counts, this.#destinations])
      list.length = 0;
    this.#others.clear();
    this.#unknown.clear();
  }

  protected begin(): number {
    const index = this.#services.length;
    this.#services.push(this.#position(this.service));
    this.#firsts.push(0);
    this.#counts.push(0);
    return index;
  }

  protected append(index: number): void {
    const position = this.#position(this.destination);
    const count = this.#counts[index]!;
    const next = this.#destinations.length;
    if (count === 0) this.#firsts[index] = next;
    if (this.#firsts[index]! + count === next) {
      this.#destinations.push(position);
      this.#counts[index] = count + 1;
    } else {
      const others = this.#others.get(index);
      if (others === undefined) this.#others.set(index, [position]);
      else others.push(position);
    }
  }

  #position({ chunk, at, unknown }: ServiceRecord | DestinationRecord): Position {
    if (chunk !== this.#chunks.at(-1)) this.#chunks.push(chunk);
    const position = (this.#chunks.length - 1) * CHUNK_WORDS + at;
    if (unknown !== undefined) this.#unknown.set(position, unknown);
    return position;
  }

  /** Moves a view to a service. */
  moveToService(record: ServiceRecord, index: number): void {
    this.#move(record, this.#services[index]!);
  }

  /** Moves a view to a destination of a service; false where there are not so many. */
  moveToDestination(record: DestinationRecord, index: number, number: number): boolean {
    const count = this.#counts[index]!;
    const position =
      number < count
        ? this.#destinations[this.#firsts[index]! + number]
        : this.#others.get(index)?.[number - count];
    if (position === undefined) return false;
    this.#move(record, position);
    return true;
  }

  /** Whether the service came in several parts, so that a destination may have come twice. */
  isSplit(index: number): boolean {
    return this.split.has(index);
  }

  #move(record: ServiceRecord | DestinationRecord, position: Position): void {
    const chunk = this.#chunks[Math.floor(position / CHUNK_WORDS)]!;
    record.moveTo(chunk, position % CHUNK_WORDS, this.#unknown.get(position));
  }
}

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
  readonly #records: ServiceRecords;
  #index = -1;
  #number = 0;
  /** The destinations of a split service that the cursor was at. */
  #met: Set<string> | undefined;

  constructor(store: RecordStore, records: ServiceRecords) {
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

  /** Moves on to the next service; false behind the last. */
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
    this.#met = this.#records.isSplit(index) ? new Set() : undefined;
    this.#records.moveToService(this.#service, index);
  }

  /** Moves on to the next destination of the service; false behind the last. */
  nextDestination(): boolean {
    while (this.#records.moveToDestination(this.#destination, this.#index, this.#number)) {
      this.#number++;
      if (this.#met === undefined) return true;
      const key = destinationKeyText(this.#destination);
      if (this.#met.has(key)) continue;
      this.#met.add(key);
      return true;
    }
    return false;
  }
}
