import { genericCommand, genericPayload } from '../../genetlink/index.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  ATTRIBUTE_TYPE_MASK,
  align,
  type ByteView,
  DecodeError,
  LITTLE_ENDIAN,
  type Message,
} from '../../netlink/index.ts';
import { ipvsAttributes } from '../fields/attributes.ts';
import { Command } from '../fields/constants.ts';
import { serviceKeyText } from '../fields/keys.ts';
import { FAMILY_NUMBERS, type Family } from '../fields/names.ts';
import { decodeAligned } from '../records/aligned.ts';
import { cutOff, unfitting } from '../records/decode-errors.ts';
import { RecordDecoder } from '../records/decode-records.ts';
import { DestinationRecord } from '../records/destination-record.ts';
import type { RecordStore } from '../records/record-store.ts';
import { ServiceRecord } from '../records/service-record.ts';
import { DamagedObjectsError } from './damaged-objects.ts';

const SERVICE = ipvsAttributes.command.service[0];
const DESTINATION = ipvsAttributes.command.destination[0];
const HEADER = ATTRIBUTE_HEADER_LENGTH;
/** The list of a service's destinations, for errors. */
const LIST = 'service.destinations';

/** How the parts of a dump are joined. */
export interface DumpDecoderOptions {
  /**
   * A kernel that resumes a dump by counting can repeat objects when the table changes meanwhile. With `merge` a
   * service that comes again is found by its key wherever it was, and is split: its destinations may come twice.
   * Without it only neighbouring parts of a service are joined, which is all that a dump of an unchanged table
   * needs.
   */
  readonly merge: boolean;
  /** Whether the counters are decoded; without it all of them read 0, and damage in them is not seen. Default: true. */
  readonly counters?: boolean | undefined;
}

/**
 * Decodes the messages of a dump into records of services and destinations, however the kernel split them
 * over messages and datagrams. A subclass makes objects or tables of the records.
 *
 * Three forms are understood. The single dump, nested: every NEW_SERVICE carries a part of its destinations,
 * and comes again with the next part. The single dump, flat: NEW_SERVICE is followed by its destinations as
 * NEW_DEST messages. The dump of services: NEW_SERVICE without destinations.
 */
export abstract class DumpDecoder<Item> {
  /** The record that was decoded last. */
  protected readonly service: ServiceRecord;
  /** The record that was decoded last. */
  protected readonly destination: DestinationRecord;
  protected readonly store: RecordStore;
  readonly #decoder: RecordDecoder;
  readonly #merge: boolean;
  /** The service that destinations belong to now. */
  #current: Item | undefined;
  #family = 0;
  /** Position of the record of the last service. */
  #lastWords: Int32Array = new Int32Array();
  #lastAt = 0;
  readonly #byKey = new Map<string, Item>();
  /** Services that came in several parts; with `merge` only. */
  readonly #split = new Set<Item>();
  /** Whether the last service could not be decoded, so that the destinations after it are dropped. */
  #orphaned = false;

  protected constructor(store: RecordStore, { merge, counters }: DumpDecoderOptions) {
    this.#merge = merge;
    this.store = store;
    this.#decoder = new RecordDecoder(store, counters);
    this.service = new ServiceRecord(store);
    this.destination = new DestinationRecord(store);
  }

  /**
   * Decodes a NEW_SERVICE or NEW_DEST message. Throws a {@link DecodeError} with offset and path once it has taken what
   * is whole: a service or destination that is damaged loses only itself, and a service its destinations with it.
   */
  add(message: Message): void {
    const isService = genericCommand(message) === Command.NEW_SERVICE;
    const start = genericPayload(message);
    if ((start & 3) === 0) this.#addNests(isService, message.view, start, message.end);
    else
      decodeAligned(message.view, start, message.end, (view, from, to) =>
        this.#addNests(isService, view, from, to),
      );
  }

  /**
   * Continues with a service that was decoded before, and forgets its destinations: the messages that
   * follow, replies to GET_DEST, bring them.
   */
  resume(item: Item, family: Family): void {
    this.#current = item;
    this.#orphaned = false;
    this.#family = FAMILY_NUMBERS[family];
    this.clear(item);
  }

  /** Notes that destinations of a service may have come twice, as its dump came in several parts. */
  mayRepeat(item: Item): void {
    if (this.#merge) this.#split.add(item);
  }

  /** Ends the dump. */
  finish(): void {
    for (const item of this.#split) this.uniteParts(item);
    this.#split.clear();
  }

  /** Forgets everything: the dump starts over. */
  reset(): void {
    this.#current = undefined;
    this.#byKey.clear();
    this.#split.clear();
  }

  /** Makes an item for the service in {@link service}, which is new. */
  protected abstract begin(): Item;

  /** Adds the destination of {@link destination} to a service; {@link appended} follows the last of a message. */
  protected abstract append(item: Item): void;

  /** Called when all destinations that a message has for a service were added. */
  protected appended(_item: Item): void {}

  /** Forgets the destinations of a service. */
  protected abstract clear(item: Item): void;

  /** Removes destinations that came twice from a service that came in several parts. */
  protected abstract uniteParts(item: Item): void;

  /** Decodes the nests at the top level of a message. */
  #addNests(isService: boolean, view: ByteView, start: number, end: number): void {
    const { data } = view;
    const nest = isService ? SERVICE : DESTINATION;
    let at = start;
    while (end - at >= HEADER) {
      const length = lengthAt(data, at, end, '');
      const type = data.getUint16(at + 2, LITTLE_ENDIAN) & ATTRIBUTE_TYPE_MASK;
      if (type === nest) {
        if (isService) this.#addService(view, at + HEADER, at + length);
        else if (!this.#orphaned) this.#addDestinations(view, at, at + length);
      }
      at += align(length);
    }
    if (at < end) throw cutOff(at, '');
  }

  /** Decodes the SERVICE nest whose attributes lie at `start` to `end`. */
  #addService(view: ByteView, start: number, end: number): void {
    const decoder = this.#decoder;
    this.#orphaned = true;
    const at = decoder.service(view, start, end);
    this.#orphaned = false;
    const { listStart, listEnd } = decoder;
    const record = this.service.moveTo(this.store.chunk, at, decoder.unknown);
    this.#family = record.familyNumber;
    const current = this.#current;
    if (current !== undefined && record.hasKeyOf(this.#lastWords, this.#lastAt)) {
      this.store.free(at);
      this.mayRepeat(current);
    } else {
      this.#current = this.#found(record);
      this.#lastWords = this.store.chunk.words;
      this.#lastAt = at;
    }
    if (listEnd > 0) this.#addDestinations(view, listStart, listEnd);
  }

  /** The item of a service that is not the last one. */
  #found(record: ServiceRecord): Item {
    if (!this.#merge) return this.begin();
    const key = serviceKeyText(record.key);
    let item = this.#byKey.get(key);
    if (item === undefined) {
      item = this.begin();
      this.#byKey.set(key, item);
    } else {
      this.mayRepeat(item);
    }
    return item;
  }

  /**
   * Decodes the DEST nests that lie one after the other at `start` to `end`. They belong to the service that came last;
   * without one they are left out.
   */
  #addDestinations(view: ByteView, start: number, end: number): void {
    const item = this.#current;
    if (item === undefined) return;
    let damaged: DecodeError[] | undefined;
    let at = start;
    try {
      while (end - at >= HEADER) {
        const length = lengthAt(view.data, at, end, LIST);
        try {
          const record = this.#decoder.destination(view, at + HEADER, at + length, this.#family);
          this.destination.moveTo(this.store.chunk, record, this.#decoder.unknown);
          this.append(item);
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
          damaged ??= [];
          damaged.push(error);
        }
        at += align(length);
      }
    } finally {
      this.appended(item);
    }
    if (at < end) throw cutOff(at, LIST);
    if (damaged !== undefined) throw new DamagedObjectsError(damaged);
  }
}

/** The length of the attribute at `at`; throws where it does not fit. */
function lengthAt(data: DataView, at: number, end: number, set: string): number {
  const length = data.getUint16(at, LITTLE_ENDIAN);
  if (length < HEADER || length > end - at) throw unfitting(length, at, end, set);
  return length;
}
