import { ipvsAttributes } from '../../../protocol/ipvs/fields/attributes.ts';
import { Command, FAMILY_VERSION } from '../../../protocol/ipvs/fields/constants.ts';
import { ATTRIBUTE_HEADER_LENGTH } from '../../../protocol/netlink/index.ts';
import type { Consistency, DumpPart } from '../dump-part.ts';
import { MESSAGE_OVERHEAD } from '../dump-part.ts';
import type { Dump } from '../family.ts';
import type { IpvsTable } from './ipvs-table.ts';
import type { Cursor } from './service-rows.ts';
import type { TableEncoding } from './table-encoding.ts';
import type { DestinationEntry, ServiceEntry } from './table-entries.ts';

const SERVICE = ipvsAttributes.command.service[0];
const DESTINATION = ipvsAttributes.command.destination[0];
const DAEMON = ipvsAttributes.command.daemon[0];
const DESTINATIONS = ipvsAttributes.service.destinations[0];
/** The type of the entries inside a DESTS nest. */
const DESTINATION_ENTRY = 1;

function putMessage(part: DumpPart, command: number, nest: number, attributes: Uint8Array): boolean {
  if (part.room < MESSAGE_OVERHEAD + ATTRIBUTE_HEADER_LENGTH + attributes.length) return false;
  const message = part.begin(command, FAMILY_VERSION);
  putNest(part, nest, attributes);
  part.end(message);
  return true;
}

function putNest(part: DumpPart, type: number, attributes: Uint8Array): void {
  const { writer } = part;
  const offset = writer.beginAttribute(type);
  writer.raw(attributes);
  writer.endAttribute(offset);
}

/**
 * GET_SERVICE as a dump. It resumes by index, so that services added or removed ahead of it make it
 * repeat or miss some (`ip_vs_genl_dump_services`).
 */
export class ServiceDump implements Dump {
  readonly #table: IpvsTable;
  readonly #encoding: TableEncoding;
  #index = 0;

  constructor(table: IpvsTable, encoding: TableEncoding) {
    this.#table = table;
    this.#encoding = encoding;
  }

  fill(part: DumpPart): boolean {
    const services = this.#table.rows.ordered();
    for (; this.#index < services.length; this.#index++) {
      const attributes = this.#encoding.service(services[this.#index]!);
      if (!putMessage(part, Command.NEW_SERVICE, SERVICE, attributes)) break;
    }
    return part.writer.length > 0;
  }
}

/** GET_DEST. It resumes by index and looks its service up again for every part. */
export class DestinationDump implements Dump {
  readonly #find: () => ServiceEntry | undefined;
  readonly #encoding: TableEncoding;
  #index = 0;

  constructor(find: () => ServiceEntry | undefined, encoding: TableEncoding) {
    this.#find = find;
    this.#encoding = encoding;
  }

  fill(part: DumpPart): boolean {
    let destination = destinationAt(this.#find(), this.#index);
    for (; destination !== undefined; destination = destination.next, this.#index++) {
      const attributes = this.#encoding.destination(destination);
      if (!putMessage(part, Command.NEW_DEST, DESTINATION, attributes)) break;
    }
    return part.writer.length > 0;
  }
}

/** GET_DAEMON: master, then backup. */
export class DaemonDump implements Dump {
  readonly #table: IpvsTable;
  readonly #encoding: TableEncoding;
  readonly #sent = new Set<number>();

  constructor(table: IpvsTable, encoding: TableEncoding) {
    this.#table = table;
    this.#encoding = encoding;
  }

  fill(part: DumpPart): boolean {
    const daemons = [...this.#table.daemons.values()].sort((one, other) => one.state - other.state);
    for (const daemon of daemons) {
      if (this.#sent.has(daemon.state)) continue;
      if (!putMessage(part, Command.NEW_DAEMON, DAEMON, this.#encoding.daemon(daemon))) break;
      this.#sent.add(daemon.state);
    }
    return part.writer.length > 0;
  }
}

/**
 * The single dump of a kernel that keeps count of its generations: a change between parts is
 * marked, nothing is lost or repeated that was not touched, and NLMSG_DONE follows the last message
 * where there is room. A service that does not fit with its first destination comes whole in the
 * next part.
 */
export class MarkedSingleDump implements Dump {
  readonly #table: IpvsTable;
  readonly #encoding: TableEncoding;
  readonly #cursor: Cursor;
  readonly #flat: boolean;
  readonly #started: number;

  constructor(table: IpvsTable, encoding: TableEncoding, cursor: Cursor, flat: boolean) {
    this.#table = table;
    this.#started = table.generation;
    this.#encoding = encoding;
    this.#cursor = cursor;
    this.#flat = flat;
  }

  fill(part: DumpPart, consistency: Consistency): boolean {
    consistency.since(this.#started);
    consistency.generation = this.#table.generation;
    const cursor = this.#cursor;
    while (cursor.service !== undefined) {
      const rest = this.#flat
        ? putFlat(part, this.#encoding, cursor.service, cursor.destination)
        : putNested(part, this.#encoding, cursor.service, cursor.destination, false);
      if (rest === 'nothing fits') return true;
      if (rest !== undefined) {
        cursor.destination = rest;
        return true;
      }
      this.#table.rows.advance(cursor);
    }
    return false;
  }

  close(): void {
    this.#table.rows.closeCursor(this.#cursor);
  }
}

/**
 * The single dump as it was proposed: it resumes by index, marks nothing, and says NLMSG_DONE in a
 * datagram of its own. Nested, a service may come first without any destination and again with
 * them in the next part.
 */
export class ProposedSingleDump implements Dump {
  readonly #services: () => readonly ServiceEntry[];
  readonly #encoding: TableEncoding;
  readonly #flat: boolean;
  #index = 0;
  #destinationIndex = 0;
  #begun = false;

  constructor(services: () => readonly ServiceEntry[], encoding: TableEncoding, flat: boolean) {
    this.#services = services;
    this.#encoding = encoding;
    this.#flat = flat;
  }

  fill(part: DumpPart): boolean {
    const services = this.#services();
    for (; this.#index < services.length; this.#index++) {
      const service = services[this.#index]!;
      const from = this.#begun ? destinationAt(service, this.#destinationIndex) : undefined;
      const over = this.#begun && from === undefined;
      const rest = over ? undefined : this.#put(part, service, from);
      if (rest === 'nothing fits') break;
      if (rest !== undefined) {
        this.#begun = true;
        this.#destinationIndex = destinationIndex(service, rest);
        break;
      }
      this.#begun = false;
      this.#destinationIndex = 0;
    }
    return part.writer.length > 0;
  }

  #put(part: DumpPart, service: ServiceEntry, from: DestinationEntry | undefined): Rest {
    return this.#flat
      ? putFlat(part, this.#encoding, service, from)
      : putNested(part, this.#encoding, service, from, true);
  }
}

/** What is left of a service: the destination that did not fit, or nothing, or all of it. */
type Rest = DestinationEntry | undefined | 'nothing fits';

/** Writes a service with its destinations inside, from `from` on. */
function putNested(
  part: DumpPart,
  encoding: TableEncoding,
  service: ServiceEntry,
  from: DestinationEntry | undefined,
  mayBeEmpty: boolean,
): Rest {
  const { writer } = part;
  const attributes = encoding.service(service);
  const overhead = MESSAGE_OVERHEAD + 2 * ATTRIBUTE_HEADER_LENGTH;
  if (part.room < overhead + attributes.length) return 'nothing fits';
  let destination = from ?? service.first;
  if (!mayBeEmpty && destination !== undefined) {
    const first = ATTRIBUTE_HEADER_LENGTH + encoding.destination(destination).length;
    if (part.room < overhead + attributes.length + first) return 'nothing fits';
  }
  const message = part.begin(Command.NEW_SERVICE, FAMILY_VERSION);
  const nest = writer.beginAttribute(SERVICE);
  writer.raw(attributes);
  const list = writer.beginAttribute(DESTINATIONS);
  for (; destination !== undefined; destination = destination.next) {
    const entry = encoding.destination(destination);
    if (part.room < ATTRIBUTE_HEADER_LENGTH + entry.length) break;
    putNest(part, DESTINATION_ENTRY, entry);
  }
  writer.endAttribute(list);
  writer.endAttribute(nest);
  part.end(message);
  return destination;
}

/** Writes a service as a message and its destinations, from `from` on, as messages after it. */
function putFlat(
  part: DumpPart,
  encoding: TableEncoding,
  service: ServiceEntry,
  from: DestinationEntry | undefined,
): Rest {
  if (from === undefined && !putMessage(part, Command.NEW_SERVICE, SERVICE, encoding.service(service))) {
    return 'nothing fits';
  }
  let destination = from ?? service.first;
  for (; destination !== undefined; destination = destination.next) {
    if (!putMessage(part, Command.NEW_DEST, DESTINATION, encoding.destination(destination))) break;
  }
  return destination;
}

function destinationAt(service: ServiceEntry | undefined, index: number): DestinationEntry | undefined {
  let destination = service?.first;
  for (let steps = index; destination !== undefined && steps > 0; steps--) destination = destination.next;
  return destination;
}

function destinationIndex(service: ServiceEntry, wanted: DestinationEntry): number {
  let index = 0;
  for (let entry = service.first; entry !== undefined && entry !== wanted; entry = entry.next) index++;
  return index;
}
