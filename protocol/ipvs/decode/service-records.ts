import type { UnknownAttribute } from '../../netlink/index.ts';
import { destinationKeyText } from '../fields/keys.ts';
import { DestinationRecord } from '../records/destination-record.ts';
import { type RecordChunk, RecordStore } from '../records/record-store.ts';
import type { ServiceRecord } from '../records/service-record.ts';
import { DumpDecoder, type DumpDecoderOptions } from './dump-decoder.ts';
import { RecordCursor } from './record-cursor.ts';

/** Length of a chunk, in words: 64 KiB, which cost less than small ones; no object keeps one. */
const CHUNK_WORDS = 16384;
const CHUNK_SHIFT = 14;

/** Where a record lies: its first word in the low bits, the number of its chunk above them. */
type Position = number;

/**
 * The records of a dump, in the order in which the services came: a table in little memory, a few hundred bytes for
 * each object, to be read with cursors.
 */
export class ServiceRecords extends DumpDecoder<number> {
  readonly #chunks: RecordChunk[] = [];
  readonly #services: Position[] = [];
  /** The destinations of each service: the first of its run in `#destinations`, and how many there are. */
  readonly #firsts: number[] = [];
  readonly #counts: number[] = [];
  readonly #destinations: Position[] = [];
  /** All destinations of a service whose parts did not come one after the other. */
  readonly #scattered = new Map<number, Position[]>();
  readonly #unknown = new Map<Position, readonly UnknownAttribute[]>();

  constructor(options: DumpDecoderOptions) {
    super(new RecordStore(undefined, CHUNK_WORDS), options);
  }

  /** How many services there are. */
  get length(): number {
    return this.#services.length;
  }

  /** A cursor ahead of the first service. */
  cursor(): RecordCursor {
    return new RecordCursor(this.store, this);
  }

  /** Leaves services out, by their numbers: those after them get lower ones. No cursor may be in use. */
  remove(indexes: ReadonlySet<number>): void {
    if (indexes.size === 0) return;
    const scattered = [...this.#scattered];
    this.#scattered.clear();
    let next = 0;
    const numbers = this.#services.map((_, index) => (indexes.has(index) ? -1 : next++));
    for (const list of [this.#services, this.#firsts, this.#counts]) {
      const kept = list.filter((_, index) => !indexes.has(index));
      list.splice(0, list.length, ...kept);
    }
    for (const [index, positions] of scattered)
      if (!indexes.has(index)) this.#scattered.set(numbers[index]!, positions);
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

  /** Removes destinations that came twice from a service that came in several parts; the first one stays. */
  protected override uniteParts(index: number): void {
    if (this.destinationCount(index) < 2) return;
    const record = new DestinationRecord(this.store);
    const unique = new Map<string, Position>();
    for (let number = 0; this.moveToDestination(record, index, number); number++) {
      const key = destinationKeyText(record);
      if (!unique.has(key)) unique.set(key, this.#destinationPosition(index, number)!);
    }
    if (unique.size < this.destinationCount(index)) this.#scattered.set(index, [...unique.values()]);
  }

  #position({ chunk, at, unknown }: ServiceRecord | DestinationRecord): Position {
    const chunks = this.#chunks;
    if (chunks.length === 0 || chunk !== chunks[chunks.length - 1]) chunks.push(chunk);
    const position = ((chunks.length - 1) << CHUNK_SHIFT) | at;
    if (unknown !== undefined) this.#unknown.set(position, unknown);
    return position;
  }

  /** Moves a view to a service. */
  moveToService(record: ServiceRecord, index: number): void {
    this.#move(record, this.#services[index]!);
  }

  /** How many destinations a service has. */
  destinationCount(index: number): number {
    return this.#scattered.get(index)?.length ?? this.#counts[index]!;
  }

  /** Moves a view to a destination of a service; false where there are not so many. */
  moveToDestination(record: DestinationRecord, index: number, number: number): boolean {
    const position = this.#destinationPosition(index, number);
    if (position === undefined) return false;
    this.#move(record, position);
    return true;
  }

  #destinationPosition(index: number, number: number): Position | undefined {
    if (this.#scattered.size > 0 && this.#scattered.has(index)) return this.#scattered.get(index)![number];
    return number < this.#counts[index]! ? this.#destinations[this.#firsts[index]! + number] : undefined;
  }

  #move(record: ServiceRecord | DestinationRecord, position: Position): void {
    const unknown = this.#unknown.size === 0 ? undefined : this.#unknown.get(position);
    record.moveTo(this.#chunks[position >>> CHUNK_SHIFT]!, position & (CHUNK_WORDS - 1), unknown);
  }
}
