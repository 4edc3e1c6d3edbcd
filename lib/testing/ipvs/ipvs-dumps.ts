import { ipvsAttributes } from '../../../protocol/ipvs/fields/attributes.ts';
import { Command, FAMILY_VERSION } from '../../../protocol/ipvs/fields/constants.ts';
import { ATTRIBUTE_HEADER_LENGTH } from '../../../protocol/netlink/index.ts';
import { type DumpDatagram, MESSAGE_OVERHEAD } from '../dump-datagram.ts';
import type { Dump } from '../family.ts';
import type { IpvsTable } from './ipvs-table.ts';
import type { DumpPosition } from './service-hash-tables.ts';
import type { TableEncoding } from './table-encoding.ts';
import type { DestinationEntry, ServiceEntry } from './table-entries.ts';

const SERVICE = ipvsAttributes.command.service[0];
const DESTINATION = ipvsAttributes.command.destination[0];
const DAEMON = ipvsAttributes.command.daemon[0];
const DESTINATIONS = ipvsAttributes.service.destinations[0];
/** The type of the entries of a DESTS nest. */
const DESTINATION_ENTRY = 1;

function putMessage(datagram: DumpDatagram, command: number, nest: number, attributes: Uint8Array): boolean {
  if (datagram.remaining < MESSAGE_OVERHEAD + ATTRIBUTE_HEADER_LENGTH + attributes.length) return false;
  const message = datagram.begin(command, FAMILY_VERSION);
  putNest(datagram, nest, attributes);
  datagram.end(message);
  return true;
}

function putNest(datagram: DumpDatagram, type: number, attributes: Uint8Array): void {
  const { writer } = datagram;
  const offset = writer.beginAttribute(type);
  writer.raw(attributes);
  writer.endAttribute(offset);
}

/**
 * The dump of GET_SERVICE. It resumes by index, so that it repeats or misses services if others before them
 * are added or removed meanwhile (`ip_vs_genl_dump_services`).
 */
export function serviceDump(table: IpvsTable, encoding: TableEncoding): Dump {
  let index = 0;
  return {
    fill(datagram) {
      const services = table.hashTables.ordered();
      for (; index < services.length; index++) {
        const attributes = encoding.service(services[index]!);
        if (!putMessage(datagram, Command.NEW_SERVICE, SERVICE, attributes)) break;
      }
      return datagram.writer.length > 0;
    },
  };
}

/** The dump of GET_DEST. It resumes by index, and looks up its service again for every datagram. */
export function destinationDump(find: () => ServiceEntry | undefined, encoding: TableEncoding): Dump {
  let index = 0;
  return {
    fill(datagram) {
      let destination = destinationAt(find(), index);
      for (; destination !== undefined; destination = destination.next, index++) {
        const attributes = encoding.destination(destination);
        if (!putMessage(datagram, Command.NEW_DEST, DESTINATION, attributes)) break;
      }
      return datagram.writer.length > 0;
    },
  };
}

/** The dump of GET_DAEMON: the master, then the backup. */
export function daemonDump(table: IpvsTable, encoding: TableEncoding): Dump {
  const sent = new Set<number>();
  return {
    fill(datagram) {
      const daemons = [...table.daemons.values()].sort((a, b) => a.state - b.state);
      for (const daemon of daemons) {
        if (sent.has(daemon.state)) continue;
        if (!putMessage(datagram, Command.NEW_DAEMON, DAEMON, encoding.daemon(daemon))) break;
        sent.add(daemon.state);
      }
      return datagram.writer.length > 0;
    },
  };
}

/**
 * The single dump (GET_SERVICE_DEST) of a kernel that counts changes of its table: after a change between datagrams
 * NLM_F_DUMP_INTR is set, unchanged services and destinations are neither missed nor repeated, and NLMSG_DONE is in the
 * last datagram if it fits. A service that does not fit together with its first destination is moved to the next
 * datagram. If `flat`, destinations are in messages of their own, otherwise nested in their service's message.
 */
export function singleDumpWithDumpIntr(
  table: IpvsTable,
  encoding: TableEncoding,
  position: DumpPosition,
  flat: boolean,
): Dump {
  const initialGeneration = table.generation;
  return {
    fill(datagram, consistency) {
      consistency.startAt(initialGeneration);
      consistency.generation = table.generation;
      while (position.service !== undefined) {
        const rest = flat
          ? putFlat(datagram, encoding, position.service, position.destination)
          : putNested(datagram, encoding, position.service, position.destination, false);
        if (rest === 'nothing fits') return true;
        if (rest !== undefined) {
          position.destination = rest;
          return true;
        }
        table.hashTables.advance(position);
      }
      return false;
    },
    close: () => table.hashTables.closeDump(position),
  };
}

/**
 * The single dump as it was proposed in 2020: it resumes by index, does not set NLM_F_DUMP_INTR, and
 * NLMSG_DONE is in a separate datagram. If not `flat`, a service may be in one datagram without destinations, and again
 * with them in the next datagram.
 */
export function proposedSingleDump(
  servicesNow: () => readonly ServiceEntry[],
  encoding: TableEncoding,
  flat: boolean,
): Dump {
  let index = 0;
  /** The first destination of the next datagram; undefined if nothing of the service has been sent. */
  let first: number | undefined;
  return {
    fill(datagram) {
      const services = servicesNow();
      for (; index < services.length; index++, first = undefined) {
        const service = services[index]!;
        const from = first === undefined ? undefined : destinationAt(service, first);
        if (first !== undefined && from === undefined) continue;
        const rest = flat
          ? putFlat(datagram, encoding, service, from)
          : putNested(datagram, encoding, service, from, true);
        if (rest === 'nothing fits') break;
        if (rest !== undefined) {
          first = destinationIndex(service, rest);
          break;
        }
      }
      return datagram.writer.length > 0;
    },
  };
}

/**
 * What did not fit of a service: the destinations from this one on, nothing (undefined), or all of it.
 */
type Rest = DestinationEntry | undefined | 'nothing fits';

/**
 * Writes a service with its destinations nested in it, from `from` on. If `mayBeEmpty`, the service is written even if
 * not one of its destinations fits.
 */
function putNested(
  datagram: DumpDatagram,
  encoding: TableEncoding,
  service: ServiceEntry,
  from: DestinationEntry | undefined,
  mayBeEmpty: boolean,
): Rest {
  const { writer } = datagram;
  const attributes = encoding.service(service);
  const overhead = MESSAGE_OVERHEAD + 2 * ATTRIBUTE_HEADER_LENGTH;
  if (datagram.remaining < overhead + attributes.length) return 'nothing fits';
  let destination = from ?? service.first;
  if (!mayBeEmpty && destination !== undefined) {
    const first = ATTRIBUTE_HEADER_LENGTH + encoding.destination(destination).length;
    if (datagram.remaining < overhead + attributes.length + first) return 'nothing fits';
  }
  const message = datagram.begin(Command.NEW_SERVICE, FAMILY_VERSION);
  const nest = writer.beginAttribute(SERVICE);
  writer.raw(attributes);
  const list = writer.beginAttribute(DESTINATIONS);
  for (; destination !== undefined; destination = destination.next) {
    const entry = encoding.destination(destination);
    if (datagram.remaining < ATTRIBUTE_HEADER_LENGTH + entry.length) break;
    putNest(datagram, DESTINATION_ENTRY, entry);
  }
  writer.endAttribute(list);
  writer.endAttribute(nest);
  datagram.end(message);
  return destination;
}

/**
 * Writes a message for a service, unless `from` is given, and one for each of its destinations, from `from`
 * on.
 */
function putFlat(
  datagram: DumpDatagram,
  encoding: TableEncoding,
  service: ServiceEntry,
  from: DestinationEntry | undefined,
): Rest {
  if (from === undefined && !putMessage(datagram, Command.NEW_SERVICE, SERVICE, encoding.service(service))) {
    return 'nothing fits';
  }
  let destination = from ?? service.first;
  for (; destination !== undefined; destination = destination.next) {
    if (!putMessage(datagram, Command.NEW_DEST, DESTINATION, encoding.destination(destination))) break;
  }
  return destination;
}

function destinationAt(service: ServiceEntry | undefined, index: number): DestinationEntry | undefined {
  let destination = service?.first;
  for (let steps = index; destination !== undefined && steps > 0; steps--) destination = destination.next;
  return destination;
}

function destinationIndex(service: ServiceEntry, destination: DestinationEntry): number {
  let index = 0;
  for (let entry = service.first; entry !== undefined && entry !== destination; entry = entry.next) index++;
  return index;
}
