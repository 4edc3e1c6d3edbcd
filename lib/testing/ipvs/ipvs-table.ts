import {
  AddressFamily,
  DaemonState,
  FORWARDING_MASK,
  ServiceFlag,
} from '../../../protocol/ipvs/fields/constants.ts';
import { Errno, RequestRefused } from '../request-refused.ts';
import { isServerAddress } from './address-kinds.ts';
import type { DaemonSettings, StartedDaemon } from './daemons.ts';
import { startedDaemon } from './daemons.ts';
import type {
  Connections,
  Counters,
  DestinationEntry,
  DestinationKey,
  DestinationSettings,
  ServiceEntry,
  ServiceKey,
  ServiceSettings,
} from './table-entries.ts';
import { destinationKeyText, ownAddress, serviceKeyText } from './table-entries.ts';

/** Rows of each of the two hash tables (`IP_VS_SVC_TAB_SIZE`). */
const TABLE_ROWS = 256;
/** Ticks per second of the distributions' kernels; timeouts are kept in ticks of 32 bits. */
const HZ = 250;
const INT_MAX = 0x7fffffff;
const TUNNEL = 2;
const GUE = 1;

/** What is there besides the table: what a service or a daemon may name. */
export interface Surroundings {
  /** Schedulers that can be loaded. */
  readonly schedulers: Set<string>;
  /** Persistence engines that can be loaded. */
  readonly persistenceEngines: Set<string>;
  /** Interfaces by name with their MTU. */
  readonly interfaces: Map<string, number>;
  /** Whether the kernel speaks IPv6. */
  ipv6: boolean;
}

/** Timeouts in seconds. */
export interface Timeouts {
  tcp: number;
  tcpFin: number;
  udp: number;
}

/** Where a dump stands that holds no index: it moves on when what it stands on goes away. */
export interface Cursor {
  service: ServiceEntry | undefined;
  /** Undefined: the service itself has not been sent yet. */
  destination: DestinationEntry | undefined;
  /** Ends behind its first service. */
  readonly one: boolean;
}

/**
 * The state of IPVS in one network namespace and the rules by which it changes, with the checks of
 * `ip_vs_ctl.c` in their order. Every method that refuses throws a {@link RequestRefused}.
 */
export class IpvsTable {
  /** Counts every change to services and destinations. */
  generation = 1;
  readonly timeouts: Timeouts = { tcp: 900, tcpFin: 120, udp: 300 };
  readonly daemons: Map<number, StartedDaemon> = new Map();
  readonly surroundings: Surroundings;
  readonly #salt: number;
  readonly #services = new Map<string, ServiceEntry>();
  readonly #rows: (ServiceEntry | undefined)[] = new Array(2 * TABLE_ROWS);
  readonly #trash = new Map<string, DestinationEntry>();
  readonly #cursors = new Set<Cursor>();
  #mixedFamilies = 0;
  #ordered: ServiceEntry[] | undefined;

  /**
   * @param salt what the hash rows are mixed with; in a real kernel it follows from an address in
   *   memory, so the order of services differs from boot to boot
   */
  constructor(surroundings: Surroundings, salt = 0) {
    this.surroundings = surroundings;
    this.#salt = salt;
  }

  /** How many services there are. */
  get size(): number {
    return this.#services.size;
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

  /** Refuses families that the kernel does not speak with EAFNOSUPPORT. */
  checkFamily(family: number): void {
    if (family === AddressFamily.INET) return;
    if (family === AddressFamily.INET6 && this.surroundings.ipv6) return;
    throw new RequestRefused(Errno.EAFNOSUPPORT, `address family ${family} is not supported`);
  }

  find(key: ServiceKey): ServiceEntry | undefined {
    return this.#services.get(serviceKeyText(key));
  }

  /** As {@link find}, refusing with ESRCH. */
  get(key: ServiceKey): ServiceEntry {
    const service = this.find(key);
    if (service === undefined) throw new RequestRefused(Errno.ESRCH, 'no such service');
    return service;
  }

  addService(key: ServiceKey, settings: ServiceSettings): ServiceEntry {
    const keyText = serviceKeyText(key);
    if (this.#services.has(keyText)) throw new RequestRefused(Errno.EEXIST, 'the service exists');
    this.#checkSettings(key, settings);
    const row = this.#row(key);
    const service: ServiceEntry = {
      family: key.family,
      protocol: key.protocol,
      address: ownAddress(key.family, key.address),
      port: key.port,
      mark: key.mark,
      settings: kept(settings),
      counters: undefined,
      row,
      next: this.#rows[row],
      previous: undefined,
      first: undefined,
      destinations: new Map(),
      encoded: undefined,
    };
    if (service.next !== undefined) service.next.previous = service;
    this.#rows[row] = service;
    this.#services.set(keyText, service);
    this.#orderChanged();
    return service;
  }

  editService(service: ServiceEntry, settings: ServiceSettings): void {
    this.#checkSettings(service, settings);
    service.settings = kept(settings);
    service.encoded = undefined;
    this.generation++;
  }

  deleteService(service: ServiceEntry): void {
    for (const cursor of this.#cursors) if (cursor.service === service) this.advance(cursor);
    if (service.previous === undefined) this.#rows[service.row] = service.next;
    else service.previous.next = service.next;
    if (service.next !== undefined) service.next.previous = service.previous;
    this.#services.delete(serviceKeyText(service));
    while (service.first !== undefined) this.deleteDestination(service, service.first);
    this.#orderChanged();
  }

  flush(): void {
    for (const service of this.ordered()) this.deleteService(service);
  }

  /** Refuses a destination of another family than its service's, except behind a tunnel. */
  checkMixedFamilies(service: ServiceEntry, family: number, forwarding: number): void {
    if (family === service.family) return;
    if (this.daemons.size > 0) {
      throw new RequestRefused(Errno.EINVAL, 'a sync daemon runs, so families cannot be mixed');
    }
    if (forwarding !== TUNNEL) throw new RequestRefused(Errno.EINVAL, 'only tunnels can mix families');
  }

  addDestination(
    service: ServiceEntry,
    key: DestinationKey,
    settings: DestinationSettings,
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

  editDestination(service: ServiceEntry, key: DestinationKey, settings: DestinationSettings): void {
    checkDestination(settings);
    const destination = this.getDestination(service, key);
    destination.settings = settings;
    destination.encoded = undefined;
    this.generation++;
  }

  deleteDestination(service: ServiceEntry, destination: DestinationEntry): void {
    for (const cursor of this.#cursors) {
      if (cursor.destination !== destination) continue;
      if (destination.next === undefined) this.advance(cursor);
      else cursor.destination = destination.next;
    }
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
  getDestination(service: ServiceEntry, key: DestinationKey): DestinationEntry {
    const destination = service.destinations.get(destinationKeyText(key));
    if (destination === undefined) throw new RequestRefused(Errno.ENOENT, 'no such destination');
    return destination;
  }

  /** Lets go of removed destinations, as a kernel does after some minutes without connections. */
  emptyTrash(): void {
    this.#trash.clear();
  }

  setCounters(entry: ServiceEntry | DestinationEntry, counters: Counters | undefined): void {
    entry.counters = counters;
    entry.encoded = undefined;
  }

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
    if (Math.max(tcp, tcpFin, udp) > Math.floor(INT_MAX / HZ)) {
      throw new RequestRefused(Errno.EINVAL, 'a timeout does not fit the kernel');
    }
    this.timeouts.tcp = tcp || this.timeouts.tcp;
    this.timeouts.tcpFin = tcpFin || this.timeouts.tcpFin;
    this.timeouts.udp = udp || this.timeouts.udp;
  }

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

  stopDaemon(state: number): void {
    if (state !== DaemonState.MASTER && state !== DaemonState.BACKUP) {
      throw new RequestRefused(Errno.EINVAL, `there is no daemon state ${state}`);
    }
    if (!this.daemons.delete(state)) throw new RequestRefused(Errno.ESRCH, 'no such daemon runs');
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

  #orderChanged(): void {
    this.#ordered = undefined;
    this.generation++;
  }

  #checkSettings(key: ServiceKey, settings: ServiceSettings): void {
    const { scheduler, persistenceEngine, netmask } = settings;
    const { schedulers, persistenceEngines } = this.surroundings;
    if (scheduler !== 'none' && !schedulers.has(scheduler)) {
      throw new RequestRefused(Errno.ENOENT, `no scheduler ${scheduler}`);
    }
    if (persistenceEngine !== '' && !persistenceEngines.has(persistenceEngine)) {
      throw new RequestRefused(Errno.ENOENT, `no persistence engine ${persistenceEngine}`);
    }
    if (key.family === AddressFamily.INET6) {
      const prefix = new Uint32Array(netmask.slice(0, 4).buffer)[0]!;
      if (prefix < 1 || prefix > 128) throw new RequestRefused(Errno.EINVAL, `prefix length ${prefix}`);
    }
  }

  #newDestination(
    service: ServiceEntry,
    key: DestinationKey,
    settings: DestinationSettings,
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

  #row(key: ServiceKey): number {
    if (key.mark !== 0) return TABLE_ROWS + ((key.mark ^ this.#salt) & (TABLE_ROWS - 1));
    // Of the folded address only the last byte of each word reaches the row.
    const words = key.family === AddressFamily.INET6 ? 4 : 1;
    let folded = 0;
    for (let word = 0; word < words; word++) folded ^= key.address[4 * word + 3]!;
    return (key.protocol ^ folded ^ this.#salt ^ (key.port >> 8) ^ key.port) & (TABLE_ROWS - 1);
  }
}

function kept(settings: ServiceSettings): ServiceSettings {
  return {
    ...settings,
    flags: (settings.flags | ServiceFlag.HASHED) >>> 0,
    timeout: Math.floor((Math.imul(settings.timeout, HZ) >>> 0) / HZ),
  };
}

function checkDestination(settings: DestinationSettings): void {
  const { weight, upperThreshold, lowerThreshold, tunnelType, tunnelPort } = settings;
  if (weight < 0) throw new RequestRefused(Errno.ERANGE, 'the weight is below 0');
  if (lowerThreshold > upperThreshold) {
    throw new RequestRefused(Errno.ERANGE, 'the lower threshold is above the upper one');
  }
  if (upperThreshold > INT_MAX) throw new RequestRefused(Errno.EINVAL, 'the upper threshold is too large');
  if (tunnelType === GUE && tunnelPort === 0) throw new RequestRefused(Errno.EINVAL, 'GUE needs a port');
}

/** The bits of a destination's forwarding word that the kernel keeps. */
export function keptForwarding(forwarding: number): number {
  return forwarding & FORWARDING_MASK;
}
