import { genericCommand, genericPayload } from '../../genetlink/index.ts';
import { invalidLength, truncatedHeader } from '../../netlink/attributes/decode-errors.ts';
import { LENGTH_SHIFT, TYPE_SHIFT } from '../../netlink/attributes/header-word.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  ATTRIBUTE_TYPE_MASK,
  align,
  type ByteView,
  DecodeError,
  type Message,
} from '../../netlink/index.ts';
import { ipvsAttributes } from '../fields/attributes.ts';
import { Command } from '../fields/constants.ts';
import { FAMILY_NUMBERS, type Family } from '../fields/names.ts';
import { decodeAligned } from '../records/aligned.ts';
import { RecordDecoder } from '../records/decode-records.ts';
import { DestinationRecordView } from '../records/destination-record.ts';
import type { RecordStore } from '../records/record-store.ts';
import { endpointKey } from '../records/record-view.ts';
import { ServiceRecordView } from '../records/service-record.ts';
import { MalformedObjectsError } from './malformed-objects.ts';

const SERVICE = ipvsAttributes.command.service[0];
const DESTINATION = ipvsAttributes.command.destination[0];
const HEADER = ATTRIBUTE_HEADER_LENGTH;
/** The path of the list of destinations, for error messages. */
const LIST = 'service.destinations';

/** Options of a {@link DumpDecoder}. */
export interface DumpDecoderOptions {
  /**
   * Whether services that appear again anywhere in the dump are merged by their key, and duplicate
   * destinations removed: a kernel that resumes a dump by skipping a number of entries can repeat some when
   * the table changes meanwhile. Otherwise only consecutive parts of a service are joined, which is enough if
   * the table is unchanged.
   */
  readonly mergeRepeated: boolean;
  /**
   * Whether counters are decoded; otherwise they read as 0 and malformed ones go unnoticed. Default: true.
   */
  readonly counters?: boolean | undefined;
}

/**
 * Decodes the messages of a dump into records of services and destinations, however the kernel split them
 * into messages and datagrams. Subclasses turn the records into items of type `Item`, one for each service.
 *
 * The single dump (GET_SERVICE_DEST, which is not upstream) returns all services with their destinations, in one of two
 * forms. Nested: each NEW_SERVICE carries some of its destinations, and is repeated with the next ones. Flat:
 * NEW_SERVICE is followed by its destinations as NEW_DEST messages. The dump of services alone (GET_SERVICE) consists of
 * NEW_SERVICE without destinations; those of one service (GET_DEST) are added by {@link restartDestinations}.
 */
export abstract class DumpDecoder<Item> {
  /** View of the last service's record. */
  protected readonly service: ServiceRecordView;
  /** View of the last destination's record. */
  protected readonly destination: DestinationRecordView;
  protected readonly store: RecordStore;
  readonly #decoder: RecordDecoder;
  readonly #mergeRepeated: boolean;
  /** The service to which the next destinations belong. */
  #current: Item | undefined;
  #family = 0;
  /** The record of the last service: its chunk, and its index there. */
  #lastWords: Int32Array = new Int32Array();
  #lastAt = 0;
  /**
   * Items by protocol number, or by the negative family number of a mark, and then by the mark, the number of an IPv4
   * endpoint, or the text of an IPv6 endpoint; with `mergeRepeated` only.
   */
  readonly #byKey = new Map<number, Map<number | string, Item>>();
  /** Services that came in several parts, and so may have duplicate destinations; with `mergeRepeated` only. */
  readonly #split = new Set<Item>();
  /** Whether the last service was malformed, so that the destinations after it are dropped. */
  #serviceMalformed = false;

  protected constructor(store: RecordStore, { mergeRepeated, counters }: DumpDecoderOptions) {
    this.#mergeRepeated = mergeRepeated;
    this.store = store;
    this.#decoder = new RecordDecoder(store, counters);
    this.service = new ServiceRecordView(store);
    this.destination = new DestinationRecordView(store);
  }

  /**
   * Decodes a NEW_SERVICE or NEW_DEST message. Throws a {@link DecodeError} with offset and path after the
   * well-formed services and destinations of the message have been decoded: only malformed ones are lost, and
   * the destinations of a malformed service.
   */
  add(message: Message): void {
    const isService = genericCommand(message) === Command.NEW_SERVICE;
    const start = genericPayload(message);
    if ((start & 3) === 0) this.#addNests(isService, message.view, start, message.end);
    else this.#addUnaligned(isService, message.view, start, message.end);
  }

  /**
   * Clears the destinations of a service that was decoded before. Those in the messages that follow, the replies
   * to GET_DEST, are added to it.
   */
  restartDestinations(item: Item, family: Family): void {
    this.#current = item;
    this.#serviceMalformed = false;
    this.#family = FAMILY_NUMBERS[family];
    this.clear(item);
  }

  /** Marks a service whose destinations came in several parts, so that duplicates are removed at the end. */
  markSplit(item: Item): void {
    if (this.#mergeRepeated) this.#split.add(item);
  }

  /** Ends the dump: removes duplicate destinations. */
  finish(): void {
    for (const item of this.#split) this.removeDuplicates(item);
    this.#split.clear();
  }

  /** Discards everything, so that the dump can start over. */
  reset(): void {
    this.#current = undefined;
    this.#byKey.clear();
    this.#split.clear();
  }

  /** Creates an item for {@link service}, a new service. */
  protected abstract begin(): Item;

  /** Adds {@link destination} to a service; {@link appended} follows after the last one of a message. */
  protected abstract append(item: Item): void;

  /** Called after the destinations of a message have been added to a service. */
  protected appended(_item: Item): void {}

  /** Removes the destinations of a service. */
  protected abstract clear(item: Item): void;

  /** Removes duplicate destinations of a service. */
  protected abstract removeDuplicates(item: Item): void;

  /** A method of its own, as a function that contains a closure allocates memory in every call. */
  #addUnaligned(isService: boolean, view: ByteView, start: number, end: number): void {
    decodeAligned(view, start, end, (aligned, from, to) => this.#addNests(isService, aligned, from, to));
  }

  /** Decodes the top-level nests of a message. */
  #addNests(isService: boolean, view: ByteView, start: number, end: number): void {
    const { words } = view;
    const nest = isService ? SERVICE : DESTINATION;
    let at = start;
    while (end - at >= HEADER) {
      const header = words[at >> 2]!;
      const length = lengthOf(header, at, end, '');
      const type = (header >>> TYPE_SHIFT) & ATTRIBUTE_TYPE_MASK;
      if (type === nest) {
        if (isService) this.#addService(view, at + HEADER, at + length);
        else if (!this.#serviceMalformed) this.#addDestinations(view, at, at + length);
      }
      at += align(length);
    }
    if (at < end) throw truncatedHeader(at, '');
  }

  /** Decodes the SERVICE nest whose attributes are at `start` to `end`. */
  #addService(view: ByteView, start: number, end: number): void {
    const decoder = this.#decoder;
    this.#serviceMalformed = true;
    const at = decoder.service(view, start, end);
    this.#serviceMalformed = false;
    const { listStart, listEnd } = decoder;
    const record = this.service.moveTo(this.store.chunk, at, decoder.unknown);
    this.#family = record.familyNumber;
    const current = this.#current;
    if (current !== undefined && record.hasKeyOf(this.#lastWords, this.#lastAt)) {
      this.store.free(at);
      this.markSplit(current);
    } else {
      this.#current = this.#itemOf(record);
      this.#lastWords = this.store.chunk.words;
      this.#lastAt = at;
    }
    if (listEnd > 0) this.#addDestinations(view, listStart, listEnd);
  }

  /**
   * Returns the item of a service that differs from the one before: a new one, or with `mergeRepeated` maybe an
   * earlier one.
   */
  #itemOf(record: ServiceRecordView): Item {
    if (!this.#mergeRepeated) return this.begin();
    const { familyNumber: family, mark } = record;
    const group = mark === undefined ? record.protocolNumber : -family;
    const key = mark ?? endpointKey(record);
    let items = this.#byKey.get(group);
    if (items === undefined) this.#byKey.set(group, (items = new Map()));
    let item = items.get(key);
    if (item === undefined) items.set(key, (item = this.begin()));
    else this.markSplit(item);
    return item;
  }

  /**
   * Decodes the DEST nests from `start` to `end`, which belong to the current service; without one they are
   * ignored.
   */
  #addDestinations(view: ByteView, start: number, end: number): void {
    const item = this.#current;
    if (item === undefined) return;
    const { words } = view;
    let errors: DecodeError[] | undefined;
    let at = start;
    try {
      while (end - at >= HEADER) {
        const length = lengthOf(words[at >> 2]!, at, end, LIST);
        try {
          const record = this.#decoder.destination(view, at + HEADER, at + length, this.#family);
          this.destination.moveTo(this.store.chunk, record, this.#decoder.unknown);
          this.append(item);
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
          errors ??= [];
          errors.push(error);
        }
        at += align(length);
      }
    } finally {
      this.appended(item);
    }
    if (at < end) throw truncatedHeader(at, LIST);
    if (errors !== undefined) throw new MalformedObjectsError(errors);
  }
}

/** Returns the length in the header of the attribute at `at`; throws a {@link DecodeError} if it is invalid. */
function lengthOf(header: number, at: number, end: number, path: string): number {
  const length = (header >>> LENGTH_SHIFT) & 0xffff;
  if (length < HEADER || length > end - at) throw invalidLength(length, at, end, path);
  return length;
}
