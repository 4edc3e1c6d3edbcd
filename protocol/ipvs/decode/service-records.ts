import type { UnknownAttribute } from '../../netlink/index.ts';
import { DestinationRecordView } from '../records/destination-record.ts';
import { type RecordChunk, RecordStore } from '../records/record-store.ts';
import { endpointKey } from '../records/record-view.ts';
import type { ServiceRecordView } from '../records/service-record.ts';
import { DumpDecoder, type DumpDecoderOptions } from './dump-decoder.ts';
import { RecordCursor } from './record-cursor.ts';

/** Size of a chunk in words: 64 KiB, which is cheaper than many small ones; no object keeps a chunk alive. */
const CHUNK_WORDS = 16384;
const CHUNK_SHIFT = 14;

/**
 * The position of a record: the index of its first word in the low bits, and of its chunk in the high bits.
 */
type Position = number;

/**
 * The records of a dump, in the order of its services: a few hundred bytes for each service and destination, to be
 * read with cursors.
 */
export class ServiceRecords extends DumpDecoder<number> {
  readonly #chunks: RecordChunk[] = [];
  readonly #services: Position[] = [];
  /**
   * The destinations of each service, consecutive in `#destinations`: the index of the first, and the number.
   */
  readonly #firsts: number[] = [];
  readonly #counts: number[] = [];
  readonly #destinations: Position[] = [];
  /**
   * The destinations of services whose parts are not consecutive, by the index of the service; moved to the end of
   * `#destinations` when a dump ends.
   */
  readonly #scattered = new Map<number, Position[]>();
  readonly #unknown = new Map<Position, readonly UnknownAttribute[]>();

  constructor(options: DumpDecoderOptions) {
    super(new RecordStore(undefined, CHUNK_WORDS), options);
  }

  /** Number of services. */
  get length(): number {
    return this.#services.length;
  }

  /** Returns a cursor before the first service. With `mergeRepeated` the dump must have ended, see {@link finish}. */
  cursor(): RecordCursor {
    return new RecordCursor(this.store, this);
  }

  /** Removes services by their indexes; the indexes of later ones decrease. No cursor may be in use. */
  remove(indexes: ReadonlySet<number>): void {
    if (indexes.size === 0) return;
    for (const list of [this.#services, this.#firsts, this.#counts]) {
      let length = 0;
      for (let index = 0; index < list.length; index++)
        if (!indexes.has(index)) list[length++] = list[index]!;
      list.length = length;
    }
  }

  /** Ends the dump: puts the destinations of each service together and removes duplicates. */
  override finish(): void {
    for (const [index, positions] of this.#scattered) {
      this.#firsts[index] = this.#destinations.length;
      this.#counts[index] = positions.length;
      for (const position of positions) this.#destinations.push(position);
    }
    this.#scattered.clear();
    super.finish();
  }

  override reset(): void {
    super.reset();
    for (const list of [this.#chunks, this.#services, this.#firsts, this.#counts, this.#destinations])
      list.length = 0;
    this.#scattered.clear();
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
    if (this.#scattered.size > 0 && this.#scattered.has(index)) {
      this.#scattered.get(index)!.push(position);
      return;
    }
    const first = this.#firsts[index]!;
    const count = this.#counts[index]!;
    const next = this.#destinations.length;
    if (count > 0 && first + count !== next) {
      this.#scattered.set(index, [...this.#destinations.slice(first, first + count), position]);
      return;
    }
    if (count === 0) this.#firsts[index] = next;
    this.#destinations.push(position);
    this.#counts[index] = count + 1;
  }

  protected clear(index: number): void {
    this.#counts[index] = 0;
    this.#scattered.delete(index);
  }

  /** Removes duplicate destinations of a service; the first one stays. */
  protected override removeDuplicates(index: number): void {
    if (this.destinationCount(index) < 2) return;
    const record = new DestinationRecordView(this.store);
    const first = this.#firsts[index]!;
    const keys = new Set<number | string>();
    for (let destination = 0; this.moveToDestination(record, index, destination); destination++) {
      const key = endpointKey(record);
      if (keys.has(key)) continue;
      this.#destinations[first + keys.size] = this.#destinations[first + destination]!;
      keys.add(key);
    }
    this.#counts[index] = keys.size;
  }

  #position({ chunk, at, unknown }: ServiceRecordView | DestinationRecordView): Position {
    const chunks = this.#chunks;
    if (chunks.length === 0 || chunk !== chunks[chunks.length - 1]) chunks.push(chunk);
    const position = ((chunks.length - 1) << CHUNK_SHIFT) | at;
    if (unknown !== undefined) this.#unknown.set(position, unknown);
    return position;
  }

  /** Moves a view to the service with this index. */
  moveToService(record: ServiceRecordView, serviceIndex: number): void {
    this.#move(record, this.#services[serviceIndex]!);
  }

  /** Returns the number of destinations of a service. */
  destinationCount(serviceIndex: number): number {
    return this.#counts[serviceIndex]!;
  }

  /** Moves a view to a destination of a service; false if there is none with this index. */
  moveToDestination(record: DestinationRecordView, serviceIndex: number, destinationIndex: number): boolean {
    if (destinationIndex >= this.#counts[serviceIndex]!) return false;
    this.#move(record, this.#destinations[this.#firsts[serviceIndex]! + destinationIndex]!);
    return true;
  }

  #move(record: ServiceRecordView | DestinationRecordView, position: Position): void {
    const unknown = this.#unknown.size === 0 ? undefined : this.#unknown.get(position);
    record.moveTo(this.#chunks[position >>> CHUNK_SHIFT]!, position & (CHUNK_WORDS - 1), unknown);
  }
}
