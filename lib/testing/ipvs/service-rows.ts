import { AddressFamily } from '../../../protocol/ipvs/fields/constants.ts';
import type { DestinationEntry, RawServiceKey, ServiceEntry } from './table-entries.ts';

/** Rows of each of the two hash tables (`IP_VS_SVC_TAB_SIZE`). */
const TABLE_ROWS = 256;

/** The position of a dump that holds no index. It moves on when its service or destination is removed. */
export interface Cursor {
  /** The service that the dump stands at; undefined at its end. */
  service: ServiceEntry | undefined;
  /** Undefined: the service itself has not been sent yet. */
  destination: DestinationEntry | undefined;
  /** Ends after its first service. */
  readonly one: boolean;
}

/** The two hash tables of services, by address and by mark, and the dumps that walk over them. */
export class ServiceRows {
  readonly #salt: number;
  readonly #rows: (ServiceEntry | undefined)[] = new Array(2 * TABLE_ROWS);
  readonly #cursors = new Set<Cursor>();
  #ordered: ServiceEntry[] | undefined;

  constructor(salt: number) {
    this.#salt = salt;
  }

  /** Every service in the order of a dump: the address table by row, then the mark table. */
  ordered(): readonly ServiceEntry[] {
    if (this.#ordered === undefined) {
      const ordered: ServiceEntry[] = [];
      for (const head of this.#rows) {
        for (let service = head; service !== undefined; service = service.next) ordered.push(service);
      }
      this.#ordered = ordered;
    }
    return this.#ordered;
  }

  /** Adds a service as the first of its row. */
  add(service: ServiceEntry): void {
    service.next = this.#rows[service.row];
    if (service.next !== undefined) service.next.previous = service;
    this.#rows[service.row] = service;
    this.#ordered = undefined;
  }

  /** Removes a service from its row; the cursors at it move on. */
  remove(service: ServiceEntry): void {
    for (const cursor of this.#cursors) if (cursor.service === service) this.advance(cursor);
    if (service.previous === undefined) this.#rows[service.row] = service.next;
    else service.previous.next = service.next;
    if (service.next !== undefined) service.next.previous = service.previous;
    this.#ordered = undefined;
  }

  /** Moves the cursors at a destination to the next one; called before it is removed. */
  removeDestination(destination: DestinationEntry): void {
    for (const cursor of this.#cursors) {
      if (cursor.destination !== destination) continue;
      if (destination.next === undefined) this.advance(cursor);
      else cursor.destination = destination.next;
    }
  }

  /** A cursor on the first service, or on `service` alone. */
  openCursor(service?: ServiceEntry): Cursor {
    const cursor: Cursor = {
      service: service ?? this.ordered()[0],
      destination: undefined,
      one: service !== undefined,
    };
    this.#cursors.add(cursor);
    return cursor;
  }

  /** Forgets a cursor. */
  closeCursor(cursor: Cursor): void {
    this.#cursors.delete(cursor);
  }

  /** Moves a cursor to the next service. */
  advance(cursor: Cursor): void {
    const { service } = cursor;
    cursor.destination = undefined;
    cursor.service = undefined;
    if (service === undefined || cursor.one) return;
    cursor.service = service.next;
    for (let row = service.row + 1; cursor.service === undefined && row < this.#rows.length; row++) {
      cursor.service = this.#rows[row];
    }
  }

  /** The row of a service. */
  row(key: RawServiceKey): number {
    if (key.mark !== 0) return TABLE_ROWS + ((key.mark ^ this.#salt) & (TABLE_ROWS - 1));
    // Of the folded address only the last byte of each word reaches the row.
    const words = key.family === AddressFamily.INET6 ? 4 : 1;
    let folded = 0;
    for (let word = 0; word < words; word++) folded ^= key.address[4 * word + 3]!;
    return (key.protocol ^ folded ^ this.#salt ^ (key.port >> 8) ^ key.port) & (TABLE_ROWS - 1);
  }
}
