import type { ByteView } from '../../netlink/index.ts';
import type { Destination } from '../fields/destination.ts';
import { FAMILY_NUMBERS, type Family } from '../fields/names.ts';
import type { Service } from '../fields/service.ts';
import { decodeAligned } from '../records/aligned.ts';
import { RecordDecoder } from '../records/decode-records.ts';
import { DestinationRecord } from '../records/destination-record.ts';
import { destinationLayout, serviceLayout } from '../records/record-layout.ts';
import { RecordStore } from '../records/record-store.ts';
import { ServiceRecord } from '../records/service-record.ts';
import { destinationObject, serviceObject } from './decoded-objects.ts';

/**
 * Decodes services and destinations into objects, nest by nest: one decoder for all the nests of a dump. Their
 * counters share memory in chunks of 8 KiB, which an object that is kept keeps with it.
 */
export class ObjectDecoder {
  readonly #store: RecordStore;
  readonly #decoder: RecordDecoder;
  readonly #service: ServiceRecord;
  readonly #destination: DestinationRecord;

  constructor(store: RecordStore = new RecordStore()) {
    this.#store = store;
    this.#decoder = new RecordDecoder(store);
    this.#service = new ServiceRecord(store);
    this.#destination = new DestinationRecord(store);
  }

  /**
   * Decodes the SERVICE nest whose attributes lie at `start` to `end`; destinations inside it are left out.
   * Nothing refers to the bytes afterwards. Throws a {@link DecodeError} with offset and path.
   */
  service(view: ByteView, start: number, end: number): Service {
    const at = decodeAligned(view, start, end, (of, from, to) => this.#decoder.service(of, from, to));
    return serviceObject(this.#service.moveTo(this.#store.chunk, at, this.#decoder.unknown));
  }

  /**
   * Decodes the DEST nest whose attributes lie at `start` to `end`. `serviceFamily` stands in where the nest has
   * no family of its own (kernels before 3.18). Throws a {@link DecodeError} with offset and path.
   */
  destination(view: ByteView, start: number, end: number, serviceFamily: Family): Destination {
    const family = FAMILY_NUMBERS[serviceFamily];
    const at = decodeAligned(view, start, end, (of, from, to) =>
      this.#decoder.destination(of, from, to, family),
    );
    return destinationObject(this.#destination.moveTo(this.#store.chunk, at, this.#decoder.unknown));
  }
}

/** Decodes one SERVICE nest, see {@link ObjectDecoder}; the service keeps no other memory than its own. */
export function decodeService(view: ByteView, start: number, end: number): Service {
  return new ObjectDecoder(new RecordStore(serviceLayout.length)).service(view, start, end);
}

/** Decodes one DEST nest, see {@link ObjectDecoder}; the destination keeps no other memory than its own. */
export function decodeDestination(
  view: ByteView,
  start: number,
  end: number,
  serviceFamily: Family,
): Destination {
  const decoder = new ObjectDecoder(new RecordStore(destinationLayout.length));
  return decoder.destination(view, start, end, serviceFamily);
}
