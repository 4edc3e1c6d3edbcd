import type { ByteView } from '../../netlink/index.ts';
import type { Destination } from '../fields/destination.ts';
import { FAMILY_NUMBERS, type Family } from '../fields/names.ts';
import type { Service } from '../fields/service.ts';
import { decodeAligned } from '../records/aligned.ts';
import { RecordDecoder } from '../records/decode-records.ts';
import { DestinationRecordView } from '../records/destination-record.ts';
import { destinationLayout, serviceLayout } from '../records/record-layout.ts';
import { RecordStore } from '../records/record-store.ts';
import { ServiceRecordView } from '../records/service-record.ts';
import { destinationObject, serviceObject } from './decoded-objects.ts';

/**
 * Decodes SERVICE and DEST nests into objects; use one decoder for all the nests of a dump. Counters live in
 * shared 8 KiB chunks: keeping one object alive keeps its whole chunk alive.
 */
export class ObjectDecoder {
  readonly #store: RecordStore;
  readonly #decoder: RecordDecoder;
  readonly #service: ServiceRecordView;
  readonly #destination: DestinationRecordView;

  constructor(store: RecordStore = new RecordStore()) {
    this.#store = store;
    this.#decoder = new RecordDecoder(store);
    this.#service = new ServiceRecordView(store);
    this.#destination = new DestinationRecordView(store);
  }

  /**
   * Decodes the SERVICE nest whose attributes are at `start` to `end`; destinations inside it are ignored.
   * The object does not refer to the bytes. Throws a {@link DecodeError} with offset and path.
   */
  service(view: ByteView, start: number, end: number): Service {
    const decoder = this.#decoder;
    // A nest that is not aligned to 4 bytes is decoded from a copy, `aligned`.
    const recordOffset = decodeAligned(view, start, end, (aligned, from, to) =>
      decoder.service(aligned, from, to),
    );
    const unknownAttributes = decoder.unknown;
    return serviceObject(this.#service.moveTo(this.#store.chunk, recordOffset, unknownAttributes));
  }

  /**
   * Decodes the DEST nest whose attributes are at `start` to `end`. `serviceFamily` is the family of a
   * destination without a family attribute (kernels before 3.18). Throws a {@link DecodeError} with offset
   * and path.
   */
  destination(view: ByteView, start: number, end: number, serviceFamily: Family): Destination {
    const decoder = this.#decoder;
    const family = FAMILY_NUMBERS[serviceFamily];
    const recordOffset = decodeAligned(view, start, end, (aligned, from, to) =>
      decoder.destination(aligned, from, to, family),
    );
    const unknownAttributes = decoder.unknown;
    return destinationObject(this.#destination.moveTo(this.#store.chunk, recordOffset, unknownAttributes));
  }
}

/** Decodes one SERVICE nest, see {@link ObjectDecoder}; the service has a chunk of its own. */
export function decodeService(view: ByteView, start: number, end: number): Service {
  return new ObjectDecoder(new RecordStore(serviceLayout.length)).service(view, start, end);
}

/** Decodes one DEST nest, see {@link ObjectDecoder}; the destination has a chunk of its own. */
export function decodeDestination(
  view: ByteView,
  start: number,
  end: number,
  serviceFamily: Family,
): Destination {
  const decoder = new ObjectDecoder(new RecordStore(destinationLayout.length));
  return decoder.destination(view, start, end, serviceFamily);
}
