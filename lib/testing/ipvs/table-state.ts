import { AddressFamily } from '../../../protocol/ipvs/fields/constants.ts';
import { Errno, RequestRefused } from '../request-refused.ts';
import type { IpvsTable } from './ipvs-table.ts';
import { destinationSettingsOf, serviceSettingsOf } from './settings.ts';
import type { Surroundings, Timeouts } from './surroundings.ts';
import { storedForwarding } from './table-checks.ts';
import type {
  Connections,
  DestinationEntry,
  RawCounters,
  RawDaemon,
  RawDestination,
  RawDestinationKey,
  RawService,
  RawServiceKey,
  ServiceEntry,
} from './table-entries.ts';

const TCP = 6;
const NO_ADDRESS = new Uint8Array(16);
const NO_MASK = Uint8Array.of(255, 255, 255, 255);
const NO_PREFIX = new Uint8Array(Uint32Array.of(128).buffer);

/**
 * The table as another process would change it, by records of attributes. What a record leaves out
 * has the value that ipvsadm would give it. Every method checks as the kernel does and throws a
 * {@link RequestRefused} with the kernel's errno.
 */
export class TableState {
  /** The rules and the chains underneath. */
  readonly table: IpvsTable;

  constructor(table: IpvsTable) {
    this.table = table;
  }

  /** Schedulers, persistence engines and interfaces that there are; may be changed at any time. */
  get surroundings(): Surroundings {
    return this.table.surroundings;
  }

  /** Timeouts in seconds. */
  get timeouts(): Timeouts {
    return this.table.timeouts;
  }

  /** Counts every change to services and destinations. */
  get generation(): number {
    return this.table.generation;
  }

  /** How many services there are. */
  get serviceCount(): number {
    return this.table.size;
  }

  /** Adds a service with its destinations, the last of which will be dumped first. */
  addService(service: RawService, destinations: readonly RawDestination[] = []): void {
    const key = serviceKey(service);
    this.table.checkFamily(key.family);
    const entry = this.table.addService(key, serviceSettings(service, key.family, 0));
    for (const destination of destinations) this.#addDestination(entry, destination);
  }

  /** Changes a service; what the record leaves out goes back to its default. */
  updateService(service: RawService): void {
    const entry = this.#service(service);
    this.table.editService(entry, serviceSettings(service, entry.family, entry.settings.flags));
  }

  /** Removes a service with its destinations. Throws a RequestRefused, ESRCH where there is none. */
  removeService(service: RawService): void {
    this.table.deleteService(this.#service(service));
  }

  /** Adds a destination to a service. Throws a RequestRefused. */
  addDestination(service: RawService, destination: RawDestination): void {
    this.#addDestination(this.#service(service), destination);
  }

  /** Changes a destination; what the record leaves out goes back to its default. */
  updateDestination(service: RawService, destination: RawDestination): void {
    const entry = this.#service(service);
    this.table.editDestination(entry, this.#key(entry, destination), destinationSettings(destination));
  }

  /** Removes a destination. Throws a RequestRefused, ENOENT where there is none. */
  removeDestination(service: RawService, destination: RawDestination): void {
    const entry = this.#service(service);
    this.table.deleteDestination(entry, this.#destination(entry, destination));
  }

  /** Removes every service. */
  flush(): void {
    this.table.flush();
  }

  /** Sets the counters of a service; those that are left out become 0. */
  setServiceCounters(service: RawService, counters: RawCounters): void {
    this.table.setCounters(this.#service(service), counters);
  }

  /** Sets the counters of a destination; those that are left out become 0. */
  setDestinationCounters(service: RawService, destination: RawDestination, counters: RawCounters): void {
    this.table.setCounters(this.#destination(this.#service(service), destination), counters);
  }

  /** Sets how many connections a destination has; those that are left out become 0. */
  setConnections(service: RawService, destination: RawDestination, connections: Connections): void {
    this.table.setConnections(this.#destination(this.#service(service), destination), connections);
  }

  /** Starts a sync daemon. */
  startDaemon(daemon: RawDaemon): void {
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

  /** Stops the sync daemon of a state (1 master, 2 backup). */
  stopDaemon(state: number): void {
    this.table.stopDaemon(state);
  }

  /** Forgets removed destinations, which otherwise come back with their counters and connections. */
  emptyTrash(): void {
    this.table.emptyTrash();
  }

  /** How many destinations a service has. */
  destinationCount(service: RawService): number {
    return this.#service(service).destinations.size;
  }

  #service(service: RawService): ServiceEntry {
    return this.table.get(serviceKey(service));
  }

  #key(service: ServiceEntry, destination: RawDestination): RawDestinationKey {
    const family = destination.family ?? service.family;
    this.table.checkFamily(family);
    return { family, address: destination.address ?? NO_ADDRESS, port: destination.port ?? 0 };
  }

  #destination(service: ServiceEntry, destination: RawDestination): DestinationEntry {
    return this.table.getDestination(service, this.#key(service, destination));
  }

  #addDestination(service: ServiceEntry, destination: RawDestination): void {
    const key = this.#key(service, destination);
    const settings = destinationSettings(destination);
    this.table.checkMixedFamilies(service, key.family, settings.forwarding);
    this.table.addDestination(service, key, settings);
  }
}

function serviceKey(service: RawService): RawServiceKey {
  const { family, mark } = service;
  if (family === undefined) throw new RequestRefused(Errno.EINVAL, 'the service lacks its family');
  if (mark !== undefined) return { family, protocol: TCP, address: NO_ADDRESS, port: 0, mark };
  const { protocol, address, port } = service;
  if (protocol === undefined || address === undefined || port === undefined) {
    throw new RequestRefused(Errno.EINVAL, 'the service lacks protocol, address or port');
  }
  return { family, protocol, address, port, mark: 0 };
}

function serviceSettings(service: RawService, family: number, oldFlags: number): ServiceEntry['settings'] {
  const { flags, mask } = service.flags ?? { flags: 0, mask: 0xffffffff };
  return {
    ...serviceSettingsOf({ ...service, scheduler: service.scheduler ?? 'wlc' }),
    flags: ((oldFlags & ~mask) | (flags & mask)) >>> 0,
    netmask: service.netmask ?? (family === AddressFamily.INET6 ? NO_PREFIX : NO_MASK),
  };
}

function destinationSettings(destination: RawDestination): DestinationEntry['settings'] {
  const settings = destinationSettingsOf(destination);
  return { ...settings, forwarding: storedForwarding(settings.forwarding) };
}
