import { AddressFamily, DaemonState } from '../../../protocol/ipvs/fields/constants.ts';
import { Errno, RequestRefused } from '../request-refused.ts';
import { isServerAddress } from './address-kinds.ts';
import type { DaemonSettings, StartedDaemon } from './daemons.ts';
import { startedDaemon } from './daemons.ts';
import type { Environment, Timeouts } from './environment.ts';
import { ServiceHashTables } from './service-hash-tables.ts';
import { checkDestination, checkService, MAXIMUM_TIMEOUT, storedSettings } from './table-checks.ts';
import type {
  Connections,
  DestinationEntry,
  DestinationKeyValues,
  DestinationSettingValues,
  ServiceEntry,
  ServiceKeyValues,
  ServiceSettingValues,
  Stats64Values,
} from './table-entries.ts';
import { addressField, destinationMapKey, serviceMapKey } from './table-entries.ts';

const TUNNEL = 2;

/**
 * The state of IPVS in one network namespace, and its changes, with the checks of `ip_vs_ctl.c` in the same
 * order. Methods throw a {@link RequestRefused} for requests that the kernel refuses.
 */
export class IpvsTable {
  /** Number of changes of services and destinations, from 1. */
  generation = 1;
  /** The connection timeouts, in seconds. */
  readonly timeouts: Timeouts = { tcp: 900, tcpFin: 120, udp: 300 };
  /** The running sync daemons by state (role). */
  readonly daemons: Map<number, StartedDaemon> = new Map();
  /** The available schedulers, persistence engines and interfaces. */
  readonly environment: Environment;
  /** The services in the order of a dump. */
  readonly hashTables: ServiceHashTables;
  readonly #services = new Map<string, ServiceEntry>();
  readonly #trash = new Map<string, DestinationEntry>();
  #mixedFamilies = 0;

  /**
   * @param salt number mixed into the hash; a real kernel uses a memory address, so that the order of
   *   services differs from boot to boot
   */
  constructor(environment: Environment, salt = 0) {
    this.environment = environment;
    this.hashTables = new ServiceHashTables(salt);
  }

  /** Number of services. */
  get size(): number {
    return this.#services.size;
  }

  /** Throws EAFNOSUPPORT for an address family that the kernel does not support. */
  checkFamily(family: number): void {
    if (family === AddressFamily.INET) return;
    if (family === AddressFamily.INET6 && this.environment.ipv6) return;
    throw new RequestRefused(Errno.EAFNOSUPPORT, `address family ${family} is not supported`);
  }

  /** Returns the service with this key, if there is one. */
  find(key: ServiceKeyValues): ServiceEntry | undefined {
    return this.#services.get(serviceMapKey(key));
  }

  /** As {@link find}, but throws ESRCH if there is none. */
  get(key: ServiceKeyValues): ServiceEntry {
    const service = this.find(key);
    if (service === undefined) throw new RequestRefused(Errno.ESRCH, 'no such service');
    return service;
  }

  /** Adds a service. Throws EEXIST if it exists, and other errors for invalid settings. */
  addService(key: ServiceKeyValues, settings: ServiceSettingValues): ServiceEntry {
    const mapKey = serviceMapKey(key);
    if (this.#services.has(mapKey)) throw new RequestRefused(Errno.EEXIST, 'the service exists');
    checkService(key, settings, this.environment);
    const service: ServiceEntry = {
      family: key.family,
      protocol: key.protocol,
      address: addressField(key.family, key.address),
      port: key.port,
      mark: key.mark,
      settings: storedSettings(settings),
      counters: undefined,
      bucket: this.hashTables.bucket(key),
      next: undefined,
      previous: undefined,
      first: undefined,
      destinations: new Map(),
      encoded: undefined,
    };
    this.hashTables.add(service);
    this.#services.set(mapKey, service);
    this.generation++;
    return service;
  }

  /** Replaces all settings of a service. */
  editService(service: ServiceEntry, settings: ServiceSettingValues): void {
    checkService(service, settings, this.environment);
    service.settings = storedSettings(settings);
    service.encoded = undefined;
    this.generation++;
  }

  /** Removes a service with its destinations. */
  deleteService(service: ServiceEntry): void {
    this.hashTables.remove(service);
    this.#services.delete(serviceMapKey(service));
    while (service.first !== undefined) this.deleteDestination(service, service.first);
    this.generation++;
  }

  /** Removes every service. */
  flush(): void {
    for (const service of this.hashTables.ordered()) this.deleteService(service);
  }

  /** Throws EINVAL for a destination of another family than its service's, unless it uses a tunnel. */
  checkMixedFamilies(service: ServiceEntry, family: number, forwarding: number): void {
    if (family === service.family) return;
    if (this.daemons.size > 0) {
      throw new RequestRefused(Errno.EINVAL, 'a sync daemon runs, so families cannot be mixed');
    }
    if (forwarding !== TUNNEL) throw new RequestRefused(Errno.EINVAL, 'only tunnels can mix families');
  }

  /** Adds a destination, or restores a removed one from the trash. Throws EEXIST if it exists. */
  addDestination(
    service: ServiceEntry,
    key: DestinationKeyValues,
    settings: DestinationSettingValues,
  ): DestinationEntry {
    checkDestination(settings);
    const mapKey = destinationMapKey(key);
    if (service.destinations.has(mapKey)) throw new RequestRefused(Errno.EEXIST, 'the destination exists');
    const destination = this.#fromTrash(service, mapKey) ?? this.#newDestination(service, key, settings);
    destination.settings = settings;
    destination.encoded = undefined;
    destination.previous = undefined;
    destination.next = service.first;
    if (service.first !== undefined) service.first.previous = destination;
    service.first = destination;
    service.destinations.set(mapKey, destination);
    if (destination.family !== service.family) this.#mixedFamilies++;
    this.generation++;
    return destination;
  }

  /** Replaces all settings of a destination. Throws ENOENT if there is none. */
  editDestination(
    service: ServiceEntry,
    key: DestinationKeyValues,
    settings: DestinationSettingValues,
  ): void {
    checkDestination(settings);
    const destination = this.getDestination(service, key);
    destination.settings = settings;
    destination.encoded = undefined;
    this.generation++;
  }

  /** Removes a destination; it stays in the trash, with its connections, until that is emptied. */
  deleteDestination(service: ServiceEntry, destination: DestinationEntry): void {
    this.hashTables.advancePast(destination);
    if (destination.previous === undefined) service.first = destination.next;
    else destination.previous.next = destination.next;
    if (destination.next !== undefined) destination.next.previous = destination.previous;
    destination.next = undefined;
    destination.previous = undefined;
    const mapKey = destinationMapKey(destination);
    service.destinations.delete(mapKey);
    this.#trash.set(`${serviceMapKey(service)} ${mapKey}`, destination);
    if (destination.family !== service.family) this.#mixedFamilies--;
    this.generation++;
  }

  /** Returns a destination by its key. Throws ENOENT if there is none. */
  getDestination(service: ServiceEntry, key: DestinationKeyValues): DestinationEntry {
    const destination = service.destinations.get(destinationMapKey(key));
    if (destination === undefined) throw new RequestRefused(Errno.ENOENT, 'no such destination');
    return destination;
  }

  /** Empties the trash of removed destinations, as a kernel does after some minutes without connections. */
  emptyTrash(): void {
    this.#trash.clear();
  }

  /** Sets the counters of a service or destination; undefined for zeros. */
  setCounters(entry: ServiceEntry | DestinationEntry, counters: Stats64Values | undefined): void {
    entry.counters = counters;
    entry.encoded = undefined;
  }

  /** Sets the numbers of connections of a destination. */
  setConnections(destination: DestinationEntry, connections: Connections): void {
    destination.connections = connections;
    destination.encoded = undefined;
  }

  /** Zeroes the counters of services and their destinations. */
  zero(services: Iterable<ServiceEntry>): void {
    for (const service of services) {
      this.setCounters(service, undefined);
      for (const destination of service.destinations.values()) this.setCounters(destination, undefined);
    }
  }

  /** Sets the timeouts, in seconds; 0 means unchanged. Throws EINVAL for one that is too large. */
  setTimeouts(timeouts: Readonly<Timeouts>): void {
    const { tcp, tcpFin, udp } = timeouts;
    if (Math.max(tcp, tcpFin, udp) > MAXIMUM_TIMEOUT) {
      throw new RequestRefused(Errno.EINVAL, 'a timeout is too large');
    }
    this.timeouts.tcp = tcp || this.timeouts.tcp;
    this.timeouts.tcpFin = tcpFin || this.timeouts.tcpFin;
    this.timeouts.udp = udp || this.timeouts.udp;
  }

  /** Starts a sync daemon. Throws EEXIST if it is running, and ENODEV for an unknown interface. */
  startDaemon(settings: DaemonSettings): void {
    if (this.#mixedFamilies > 0) {
      throw new RequestRefused(Errno.EINVAL, 'families are mixed, so no sync daemon can run');
    }
    const mtu = this.environment.interfaces.get(settings.interface);
    if (mtu === undefined) throw new RequestRefused(Errno.ENODEV, 'no such interface');
    const { state } = settings;
    if (state !== DaemonState.MASTER && state !== DaemonState.BACKUP) {
      throw new RequestRefused(Errno.EINVAL, `there is no daemon state ${state}`);
    }
    if (this.daemons.has(state)) throw new RequestRefused(Errno.EEXIST, 'the daemon runs');
    this.daemons.set(state, startedDaemon(settings, mtu));
  }

  /** Stops a sync daemon. Throws ESRCH if it is not running. */
  stopDaemon(state: number): void {
    if (state !== DaemonState.MASTER && state !== DaemonState.BACKUP) {
      throw new RequestRefused(Errno.EINVAL, `there is no daemon state ${state}`);
    }
    if (!this.daemons.delete(state)) throw new RequestRefused(Errno.ESRCH, 'no such daemon runs');
  }

  #newDestination(
    service: ServiceEntry,
    key: DestinationKeyValues,
    settings: DestinationSettingValues,
  ): DestinationEntry {
    const address = addressField(key.family, key.address);
    if (!isServerAddress(key.family, address)) {
      throw new RequestRefused(Errno.EINVAL, 'not the address of a server');
    }
    return {
      family: key.family,
      address,
      port: key.port,
      settings,
      connections: {},
      counters: undefined,
      service,
      next: undefined,
      previous: undefined,
      encoded: undefined,
    };
  }

  /**
   * Returns a removed destination with the same key from the trash. It still has its connections, and its
   * counters as well if its service has not been removed since (`ip_vs_trash_get_dest`).
   */
  #fromTrash(service: ServiceEntry, mapKey: string): DestinationEntry | undefined {
    const trashKey = `${serviceMapKey(service)} ${mapKey}`;
    const destination = this.#trash.get(trashKey);
    if (destination === undefined) return undefined;
    this.#trash.delete(trashKey);
    if (destination.service !== service) {
      destination.service = service;
      destination.counters = undefined;
    }
    return destination;
  }
}
