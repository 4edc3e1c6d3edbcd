import { AddressFamily, DaemonState } from '../../../protocol/ipvs/fields/constants.ts';
import { Errno, RequestRefused } from '../request-refused.ts';
import { isServerAddress } from './address-kinds.ts';
import type { DaemonSettings, StartedDaemon } from './daemons.ts';
import { startedDaemon } from './daemons.ts';
import { ServiceRows } from './service-rows.ts';
import type { Surroundings, Timeouts } from './surroundings.ts';
import { checkDestination, checkService, MAXIMUM_TIMEOUT, storedSettings } from './table-checks.ts';
import type {
  Connections,
  DestinationEntry,
  RawCounters,
  RawDestinationKey,
  RawDestinationSettings,
  RawServiceKey,
  RawServiceSettings,
  ServiceEntry,
} from './table-entries.ts';
import { destinationKeyText, ownAddress, serviceKeyText } from './table-entries.ts';

const TUNNEL = 2;

/**
 * The state of IPVS in one network namespace and the rules by which it changes, with the checks of
 * `ip_vs_ctl.c` in their order. Every method that refuses throws a {@link RequestRefused}.
 */
export class IpvsTable {
  /** Counts every change to services and destinations. */
  generation = 1;
  /** The timeouts of connections, in seconds. */
  readonly timeouts: Timeouts = { tcp: 900, tcpFin: 120, udp: 300 };
  /** The sync daemons that run, by their state. */
  readonly daemons: Map<number, StartedDaemon> = new Map();
  /** What services and daemons may name. */
  readonly surroundings: Surroundings;
  /** The services in the order of a dump. */
  readonly rows: ServiceRows;
  readonly #services = new Map<string, ServiceEntry>();
  readonly #trash = new Map<string, DestinationEntry>();
  #mixedFamilies = 0;

  /**
   * @param salt what the hash rows are mixed with; in a real kernel it follows from an address in
   *   memory, so the order of services differs from boot to boot
   */
  constructor(surroundings: Surroundings, salt = 0) {
    this.surroundings = surroundings;
    this.rows = new ServiceRows(salt);
  }

  /** How many services there are. */
  get size(): number {
    return this.#services.size;
  }

  /** Refuses families that the kernel does not speak with EAFNOSUPPORT. */
  checkFamily(family: number): void {
    if (family === AddressFamily.INET) return;
    if (family === AddressFamily.INET6 && this.surroundings.ipv6) return;
    throw new RequestRefused(Errno.EAFNOSUPPORT, `address family ${family} is not supported`);
  }

  /** The service with this key, if there is one. */
  find(key: RawServiceKey): ServiceEntry | undefined {
    return this.#services.get(serviceKeyText(key));
  }

  /** As {@link find}, refusing with ESRCH. */
  get(key: RawServiceKey): ServiceEntry {
    const service = this.find(key);
    if (service === undefined) throw new RequestRefused(Errno.ESRCH, 'no such service');
    return service;
  }

  /** Adds a service. Refuses one that is there (EEXIST) and settings that cannot be. */
  addService(key: RawServiceKey, settings: RawServiceSettings): ServiceEntry {
    const keyText = serviceKeyText(key);
    if (this.#services.has(keyText)) throw new RequestRefused(Errno.EEXIST, 'the service exists');
    checkService(key, settings, this.surroundings);
    const service: ServiceEntry = {
      family: key.family,
      protocol: key.protocol,
      address: ownAddress(key.family, key.address),
      port: key.port,
      mark: key.mark,
      settings: storedSettings(settings),
      counters: undefined,
      row: this.rows.row(key),
      next: undefined,
      previous: undefined,
      first: undefined,
      destinations: new Map(),
      encoded: undefined,
    };
    this.rows.add(service);
    this.#services.set(keyText, service);
    this.generation++;
    return service;
  }

  /** Sets all settings of a service. */
  editService(service: ServiceEntry, settings: RawServiceSettings): void {
    checkService(service, settings, this.surroundings);
    service.settings = storedSettings(settings);
    service.encoded = undefined;
    this.generation++;
  }

  /** Removes a service with its destinations. */
  deleteService(service: ServiceEntry): void {
    this.rows.remove(service);
    this.#services.delete(serviceKeyText(service));
    while (service.first !== undefined) this.deleteDestination(service, service.first);
    this.generation++;
  }

  /** Removes every service. */
  flush(): void {
    for (const service of this.rows.ordered()) this.deleteService(service);
  }

  /** Refuses a destination of another family than its service's, except through a tunnel. */
  checkMixedFamilies(service: ServiceEntry, family: number, forwarding: number): void {
    if (family === service.family) return;
    if (this.daemons.size > 0) {
      throw new RequestRefused(Errno.EINVAL, 'a sync daemon runs, so families cannot be mixed');
    }
    if (forwarding !== TUNNEL) throw new RequestRefused(Errno.EINVAL, 'only tunnels can mix families');
  }

  /** Adds a destination, or brings a removed one back. Refuses one that is there (EEXIST). */
  addDestination(
    service: ServiceEntry,
    key: RawDestinationKey,
    settings: RawDestinationSettings,
  ): DestinationEntry {
    checkDestination(settings);
    const keyText = destinationKeyText(key);
    if (service.destinations.has(keyText)) throw new RequestRefused(Errno.EEXIST, 'the destination exists');
    const destination = this.#fromTrash(service, keyText) ?? this.#newDestination(service, key, settings);
    destination.settings = settings;
    destination.encoded = undefined;
    destination.previous = undefined;
    destination.next = service.first;
    if (service.first !== undefined) service.first.previous = destination;
    service.first = destination;
    service.destinations.set(keyText, destination);
    if (destination.family !== service.family) this.#mixedFamilies++;
    this.generation++;
    return destination;
  }

  /** Sets all settings of a destination. Refuses one that is not there (ENOENT). */
  editDestination(service: ServiceEntry, key: RawDestinationKey, settings: RawDestinationSettings): void {
    checkDestination(settings);
    const destination = this.getDestination(service, key);
    destination.settings = settings;
    destination.encoded = undefined;
    this.generation++;
  }

  /** Removes a destination; its connections are remembered until the trash is emptied. */
  deleteDestination(service: ServiceEntry, destination: DestinationEntry): void {
    this.rows.removeDestination(destination);
    if (destination.previous === undefined) service.first = destination.next;
    else destination.previous.next = destination.next;
    if (destination.next !== undefined) destination.next.previous = destination.previous;
    destination.next = undefined;
    destination.previous = undefined;
    const keyText = destinationKeyText(destination);
    service.destinations.delete(keyText);
    this.#trash.set(`${serviceKeyText(service)} ${keyText}`, destination);
    if (destination.family !== service.family) this.#mixedFamilies--;
    this.generation++;
  }

  /** A destination by its key, refusing with ENOENT. */
  getDestination(service: ServiceEntry, key: RawDestinationKey): DestinationEntry {
    const destination = service.destinations.get(destinationKeyText(key));
    if (destination === undefined) throw new RequestRefused(Errno.ENOENT, 'no such destination');
    return destination;
  }

  /** Forgets removed destinations, as a kernel does after some minutes without connections. */
  emptyTrash(): void {
    this.#trash.clear();
  }

  /** Sets the counters of a service or destination; undefined for zeros. */
  setCounters(entry: ServiceEntry | DestinationEntry, counters: RawCounters | undefined): void {
    entry.counters = counters;
    entry.encoded = undefined;
  }

  /** Sets how many connections a destination has. */
  setConnections(destination: DestinationEntry, connections: Connections): void {
    destination.connections = connections;
    destination.encoded = undefined;
  }

  /** Sets the counters of a service and its destinations, or of all, to zero. */
  zero(services: Iterable<ServiceEntry>): void {
    for (const service of services) {
      this.setCounters(service, undefined);
      for (const destination of service.destinations.values()) this.setCounters(destination, undefined);
    }
  }

  /** Sets timeouts in seconds; 0 leaves one as it is. */
  setTimeouts(timeouts: Readonly<Timeouts>): void {
    const { tcp, tcpFin, udp } = timeouts;
    if (Math.max(tcp, tcpFin, udp) > MAXIMUM_TIMEOUT) {
      throw new RequestRefused(Errno.EINVAL, 'a timeout does not fit the kernel');
    }
    this.timeouts.tcp = tcp || this.timeouts.tcp;
    this.timeouts.tcpFin = tcpFin || this.timeouts.tcpFin;
    this.timeouts.udp = udp || this.timeouts.udp;
  }

  /** Starts a sync daemon. Refuses one that runs (EEXIST) and unknown interfaces (ENODEV). */
  startDaemon(settings: DaemonSettings): void {
    if (this.#mixedFamilies > 0) {
      throw new RequestRefused(Errno.EINVAL, 'families are mixed, so no sync daemon can run');
    }
    const mtu = this.surroundings.interfaces.get(settings.interface);
    if (mtu === undefined) throw new RequestRefused(Errno.ENODEV, 'no such interface');
    const { state } = settings;
    if (state !== DaemonState.MASTER && state !== DaemonState.BACKUP) {
      throw new RequestRefused(Errno.EINVAL, `there is no daemon state ${state}`);
    }
    if (this.daemons.has(state)) throw new RequestRefused(Errno.EEXIST, 'the daemon runs');
    this.daemons.set(state, startedDaemon(settings, mtu));
  }

  /** Stops a sync daemon. Refuses one that does not run (ESRCH). */
  stopDaemon(state: number): void {
    if (state !== DaemonState.MASTER && state !== DaemonState.BACKUP) {
      throw new RequestRefused(Errno.EINVAL, `there is no daemon state ${state}`);
    }
    if (!this.daemons.delete(state)) throw new RequestRefused(Errno.ESRCH, 'no such daemon runs');
  }

  #newDestination(
    service: ServiceEntry,
    key: RawDestinationKey,
    settings: RawDestinationSettings,
  ): DestinationEntry {
    const address = ownAddress(key.family, key.address);
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
   * A destination that was removed and comes back finds its connections, and its counters as well
   * where its service is still the same (`ip_vs_trash_get_dest`).
   */
  #fromTrash(service: ServiceEntry, keyText: string): DestinationEntry | undefined {
    const trashText = `${serviceKeyText(service)} ${keyText}`;
    const destination = this.#trash.get(trashText);
    if (destination === undefined) return undefined;
    this.#trash.delete(trashText);
    if (destination.service !== service) {
      destination.service = service;
      destination.counters = undefined;
    }
    return destination;
  }
}
