import type { DaemonValues, DestinationValues, ServiceValues } from '../../../protocol/ipvs/encode/values.ts';
import { AddressFamily } from '../../../protocol/ipvs/fields/constants.ts';
import { Errno, RequestRefused } from '../request-refused.ts';
import type { Environment, Timeouts } from './environment.ts';
import type { IpvsTable } from './ipvs-table.ts';
import { destinationSettingsOf, serviceSettingsOf } from './settings.ts';
import { storedForwarding } from './table-checks.ts';
import type {
  Connections,
  DestinationEntry,
  DestinationKeyValues,
  ServiceEntry,
  ServiceKeyValues,
  Stats64Values,
} from './table-entries.ts';

const TCP = 6;
const NO_ADDRESS = new Uint8Array(16);
const FULL_NETMASK = Uint8Array.of(255, 255, 255, 255);
const FULL_PREFIX_LENGTH = new Uint8Array(Uint32Array.of(128).buffer);

/**
 * Reads and changes the table as another process would. Services, destinations and daemons are given by their
 * attributes; absent ones have ipvsadm's defaults, except that destinations are masqueraded. Methods make
 * the kernel's checks, and throw a {@link RequestRefused} with the kernel's errno.
 */
export class TableState {
  /** The underlying table. */
  readonly table: IpvsTable;

  constructor(table: IpvsTable) {
    this.table = table;
  }

  /** The available schedulers, persistence engines and interfaces; may be changed at any time. */
  get environment(): Environment {
    return this.table.environment;
  }

  /** Timeouts in seconds. */
  get timeouts(): Timeouts {
    return this.table.timeouts;
  }

  /** Number of changes of services and destinations, from 1. */
  get generation(): number {
    return this.table.generation;
  }

  /** Number of services. */
  get serviceCount(): number {
    return this.table.size;
  }

  /** Adds a service with its destinations, which a dump lists in reverse order. */
  addService(service: ServiceValues, destinations: readonly DestinationValues[] = []): void {
    const key = serviceKey(service);
    this.table.checkFamily(key.family);
    const entry = this.table.addService(key, serviceSettings(service, key.family, 0));
    for (const destination of destinations) this.#addDestination(entry, destination);
  }

  /** Replaces the settings of a service; absent ones are reset to their defaults. */
  updateService(service: ServiceValues): void {
    const entry = this.#service(service);
    this.table.editService(entry, serviceSettings(service, entry.family, entry.settings.flags));
  }

  /** Removes a service with its destinations. Throws ESRCH if there is none. */
  removeService(service: ServiceValues): void {
    this.table.deleteService(this.#service(service));
  }

  /** Adds a destination to a service. Throws a RequestRefused. */
  addDestination(service: ServiceValues, destination: DestinationValues): void {
    this.#addDestination(this.#service(service), destination);
  }

  /** Replaces the settings of a destination; absent ones are reset to their defaults. */
  updateDestination(service: ServiceValues, destination: DestinationValues): void {
    const entry = this.#service(service);
    this.table.editDestination(entry, this.#key(entry, destination), destinationSettings(destination));
  }

  /** Removes a destination. Throws ENOENT if there is none. */
  removeDestination(service: ServiceValues, destination: DestinationValues): void {
    const entry = this.#service(service);
    this.table.deleteDestination(entry, this.#destination(entry, destination));
  }

  /** Removes every service. */
  flush(): void {
    this.table.flush();
  }

  /** Sets the counters of a service; absent ones become 0. */
  setServiceCounters(service: ServiceValues, counters: Stats64Values): void {
    this.table.setCounters(this.#service(service), counters);
  }

  /** Sets the counters of a destination; absent ones become 0. */
  setDestinationCounters(
    service: ServiceValues,
    destination: DestinationValues,
    counters: Stats64Values,
  ): void {
    this.table.setCounters(this.#destination(this.#service(service), destination), counters);
  }

  /** Sets the numbers of connections of a destination; absent ones become 0. */
  setConnections(service: ServiceValues, destination: DestinationValues, connections: Connections): void {
    this.table.setConnections(this.#destination(this.#service(service), destination), connections);
  }

  /** Starts a sync daemon. */
  startDaemon(daemon: DaemonValues): void {
    this.table.startDaemon({
      state: daemon.state ?? 0,
      interface: daemon.interface ?? '',
      syncId: daemon.syncId ?? 0,
      syncMaxLength: daemon.syncMaxLength ?? 0,
      group: daemon.multicastGroup ?? daemon.multicastGroup6,
      port: daemon.multicastPort ?? 0,
      ttl: daemon.multicastTtl ?? 0,
    });
  }

  /** Stops the sync daemon with this state (1 master, 2 backup). */
  stopDaemon(state: number): void {
    this.table.stopDaemon(state);
  }

  /**
   * Empties the trash of removed destinations, which keep their counters and connections there until added
   * again.
   */
  emptyTrash(): void {
    this.table.emptyTrash();
  }

  #service(service: ServiceValues): ServiceEntry {
    return this.table.get(serviceKey(service));
  }

  #key(service: ServiceEntry, destination: DestinationValues): DestinationKeyValues {
    const family = destination.family ?? service.family;
    this.table.checkFamily(family);
    return { family, address: destination.address ?? NO_ADDRESS, port: destination.port ?? 0 };
  }

  #destination(service: ServiceEntry, destination: DestinationValues): DestinationEntry {
    return this.table.getDestination(service, this.#key(service, destination));
  }

  #addDestination(service: ServiceEntry, destination: DestinationValues): void {
    const key = this.#key(service, destination);
    const settings = destinationSettings(destination);
    this.table.checkMixedFamilies(service, key.family, settings.forwarding);
    this.table.addDestination(service, key, settings);
  }
}

function serviceKey(service: ServiceValues): ServiceKeyValues {
  const { family, mark } = service;
  if (family === undefined) throw new RequestRefused(Errno.EINVAL, 'the service lacks its family');
  if (mark !== undefined) return { family, protocol: TCP, address: NO_ADDRESS, port: 0, mark };
  const { protocol, address, port } = service;
  if (protocol === undefined || address === undefined || port === undefined) {
    throw new RequestRefused(Errno.EINVAL, 'the service lacks protocol, address or port');
  }
  return { family, protocol, address, port, mark: 0 };
}

function serviceSettings(service: ServiceValues, family: number, oldFlags: number): ServiceEntry['settings'] {
  const { flags, mask } = service.flags ?? { flags: 0, mask: 0xffffffff };
  return {
    ...serviceSettingsOf({ ...service, scheduler: service.scheduler ?? 'wlc' }),
    flags: ((oldFlags & ~mask) | (flags & mask)) >>> 0,
    netmask: service.netmask ?? (family === AddressFamily.INET6 ? FULL_PREFIX_LENGTH : FULL_NETMASK),
  };
}

function destinationSettings(destination: DestinationValues): DestinationEntry['settings'] {
  const settings = destinationSettingsOf(destination);
  return { ...settings, forwarding: storedForwarding(settings.forwarding) };
}
