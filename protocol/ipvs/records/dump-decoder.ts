import { genericCommand, genericPayload } from '../../genetlink/index.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  align,
  type ByteView,
  LITTLE_ENDIAN,
  type Message,
  walkNest,
} from '../../netlink/index.ts';
import { ipvsAttributes } from '../attributes.ts';
import { Command } from '../constants.ts';
import { serviceKeyText } from '../keys.ts';
import { FAMILY_NUMBERS, type Family } from '../names.ts';
import { decodeAligned } from './aligned.ts';
import { cutOff, RecordDecoder, unfitting } from './decode-records.ts';
import { DestinationRecord } from './destination-record.ts';
import type { RecordStore } from './record-store.ts';
import { ServiceRecord, ServiceRecordKey } from './service-record.ts';

const SERVICE = ipvsAttributes.command.service[0];
const DESTINATION = ipvsAttributes.command.destination[0];
const HEADER = ATTRIBUTE_HEADER_LENGTH;

/** How the parts of a dump are joined. */
export interface DumpDecoderOptions {
  /**
   * A kernel that resumes a dump by counting can repeat objects when the table changes meanwhile. With `merge` a
   * service that comes again is found by its key wherever it was, and is split: its destinations may come twice.
   * Without it only neighbouring parts of a service are joined, which is all that a dump of an unchanged table
   * needs.
   */
  readonly merge: boolean;
}

/**
 * Takes the messages of a dump apart into the records of services and destinations, however the kernel split
 * them over messages and datagrams. A subclass makes of each record what it wants.
 *
 * Three forms are understood. The single dump, nested: every NEW_SERVICE carries a part of its destinations, and
 * comes again with the next part. The single dump, flat: NEW_SERVICE is followed by its destinations as NEW_DEST
 * messages. The dump of services: NEW_SERVICE without destinations.
 */
export abstract class DumpDecoder<Item> {
  /** The record that was decoded last. */
  protected readonly service: ServiceRecord;
  /** The record that was decoded last. */
  protected readonly destination: DestinationRecord;
  /** Services that came in several parts; with `merge` only. */
  protected readonly split: Set<Item> = new Set();
  protected readonly store: RecordStore;
  readonly #decoder: RecordDecoder;
  readonly #merge: boolean;
  /** The service that destinations belong to now, and what identifies it. */
  #current: Item | undefined;
  #family = 0;
  readonly #currentKey = new ServiceRecordKey();
  readonly #byKey = new Map<string, Item>();

  protected constructor(store: RecordStore, { merge }: DumpDecoderOptions) {
    this.#merge = merge;
    this.store = store;
    this.#decoder = new RecordDecoder(store);
    this.service = new ServiceRecord(store);
    this.destination = new DestinationRecord(store);
  }

  /** Decodes a NEW_SERVICE or NEW_DEST message. Throws a {@link DecodeError} with offset and path. */
  add(message: Message): void {
    const isService = genericCommand(message) === Command.NEW_SERVICE;
    decodeAligned(message.view, genericPayload(message), message.end, (view, start, end) => {
      walkNest(view, start, end, isService ? SERVICE : DESTINATION, (from, to) => {
        if (isService) this.#addService(view, from, to);
        else if (this.#current !== undefined) this.#addDestination(view, from, to, this.#current);
      });
    });
  }

  /**
   * Goes on with a service that was begun before: destinations in messages of their own that come next are its own,
   * as in the replies to GET_DEST.
   */
  resume(item: Item, family: Family): void {
    this.#current = item;
    this.#family = FAMILY_NUMBERS[family];
  }

  /** Forgets everything: the dump starts over. */
  reset(): void {
    this.#current = undefined;
    this.#byKey.clear();
    this.split.clear();
  }

  /** Makes what stands for the service of {@link service}, which has not come before. */
  protected abstract begin(): Item;

  /** Adds the destination of {@link destination} to a service. */
  protected abstract append(item: Item): void;

  #addService(view: ByteView, start: number, end: number): void {
    const decoder = this.#decoder;
    const at = decoder.service(view, start, end);
    const { listStart, listEnd } = decoder;
    const record = this.service.moveTo(this.store.chunk, at, decoder.unknown);
    this.#family = record.familyNumber;
    let item = this.#find(record);
    if (item === undefined) {
      item = this.begin();
      this.#currentKey.copy(record);
      if (this.#merge) this.#byKey.set(serviceKeyText(record.key), item);
    } else {
      this.store.free(at);
      if (this.#merge) this.split.add(item);
    }
    this.#current = item;
    this.#addList(view, listStart, listEnd, item);
  }

  #find(record: ServiceRecord): Item | undefined {
    if (this.#current !== undefined && this.#currentKey.equals(record)) return this.#current;
    return this.#merge ? this.#byKey.get(serviceKeyText(record.key)) : undefined;
  }

  /** Adds the destinations whose nests are the entries of a list at `start` to `end`. */
  #addList(view: ByteView, start: number, end: number, item: Item): void {
    const { data } = view;
    let at = start;
    while (end - at >= HEADER) {
      const length = data.getUint16(at, LITTLE_ENDIAN);
      if (length < HEADER || length > end - at) throw unfitting(length, at, end, 'service.destinations');
      this.#addDestination(view, at + HEADER, at + length, item);
      at += align(length);
    }
    if (at < end) throw cutOff(at, 'service.destinations');
  }

  #addDestination(view: ByteView, start: number, end: number, item: Item): void {
    const decoder = this.#decoder;
    const at = decoder.destination(view, start, end, this.#family);
    this.destination.moveTo(this.store.chunk, at, decoder.unknown);
    this.append(item);
  }
}
