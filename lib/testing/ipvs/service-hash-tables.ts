import { AddressFamily } from '../../../protocol/ipvs/fields/constants.ts';
import type { DestinationEntry, ServiceEntry, ServiceKeyValues } from './table-entries.ts';

/** Number of buckets of each of the two hash tables (`IP_VS_SVC_TAB_SIZE`). */
const TABLE_SIZE = 256;

/**
 * The position of a dump: it points to the next service or destination, and is advanced when that is removed. (The
 * kernel instead keeps the number of entries to skip, in `cb->args`.)
 */
export interface DumpPosition {
  /** The current service; undefined at the end. */
  service: ServiceEntry | undefined;
  /** The next destination to send, of that service; undefined if the service itself has not been sent yet. */
  destination: DestinationEntry | undefined;
  /** Whether the dump is of a single service, and so ends after it. */
  readonly singleService: boolean;
}

/** The two hash tables of services, by address and by mark, with the positions of the running dumps. */
export class ServiceHashTables {
  readonly #salt: number;
  /** The first service of each bucket: the address table's buckets, then the mark table's. */
  readonly #buckets: (ServiceEntry | undefined)[] = new Array(2 * TABLE_SIZE);
  readonly #positions = new Set<DumpPosition>();
  #ordered: ServiceEntry[] | undefined;

  constructor(salt: number) {
    this.#salt = salt;
  }

  /** Returns every service in the order of a dump: the address table by bucket, then the mark table. */
  ordered(): readonly ServiceEntry[] {
    if (this.#ordered === undefined) {
      const ordered: ServiceEntry[] = [];
      for (const head of this.#buckets) {
        for (let service = head; service !== undefined; service = service.next) ordered.push(service);
      }
      this.#ordered = ordered;
    }
    return this.#ordered;
  }

  /** Adds a service at the head of its bucket. */
  add(service: ServiceEntry): void {
    service.next = this.#buckets[service.bucket];
    if (service.next !== undefined) service.next.previous = service;
    this.#buckets[service.bucket] = service;
    this.#ordered = undefined;
  }

  /** Removes a service from its bucket; dumps positioned at it move to the next service. */
  remove(service: ServiceEntry): void {
    for (const position of this.#positions) if (position.service === service) this.advance(position);
    if (service.previous === undefined) this.#buckets[service.bucket] = service.next;
    else service.previous.next = service.next;
    if (service.next !== undefined) service.next.previous = service.previous;
    this.#ordered = undefined;
  }

  /**
   * Moves each dump that is positioned at this destination to the destination or service after it. Must be called
   * before the destination is removed.
   */
  advancePast(destination: DestinationEntry): void {
    for (const position of this.#positions) {
      if (position.destination !== destination) continue;
      if (destination.next === undefined) this.advance(position);
      else position.destination = destination.next;
    }
  }

  /** Starts a dump of every service, or of one; {@link closeDump} ends it. */
  openDump(service?: ServiceEntry): DumpPosition {
    const position: DumpPosition = {
      service: service ?? this.ordered()[0],
      destination: undefined,
      singleService: service !== undefined,
    };
    this.#positions.add(position);
    return position;
  }

  /** Ends a dump: its position is no longer advanced. */
  closeDump(position: DumpPosition): void {
    this.#positions.delete(position);
  }

  /** Moves a position to the next service. */
  advance(position: DumpPosition): void {
    const { service } = position;
    const buckets = this.#buckets;
    position.destination = undefined;
    position.service = undefined;
    if (service === undefined || position.singleService) return;
    position.service = service.next;
    for (let next = service.bucket + 1; position.service === undefined && next < buckets.length; next++) {
      position.service = buckets[next];
    }
  }

  /** Returns the index of a service's bucket. */
  bucket(key: ServiceKeyValues): number {
    if (key.mark !== 0) return TABLE_SIZE + ((key.mark ^ this.#salt) & (TABLE_SIZE - 1));
    // Only the last byte of each 32-bit word of the address affects the bucket.
    const words = key.family === AddressFamily.INET6 ? 4 : 1;
    let folded = 0;
    for (let word = 0; word < words; word++) folded ^= key.address[4 * word + 3]!;
    return (key.protocol ^ folded ^ this.#salt ^ (key.port >> 8) ^ key.port) & (TABLE_SIZE - 1);
  }
}
