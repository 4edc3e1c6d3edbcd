import type { ipvsAttributes } from '../../../protocol/ipvs/fields/attributes.ts';
import { ipvsCodec } from '../../../protocol/ipvs/fields/attributes.ts';
import { AddressFamily } from '../../../protocol/ipvs/fields/constants.ts';
import { counterNames } from '../../../protocol/ipvs/fields/counters.ts';
import type { AttributeValues } from '../../../protocol/netlink/index.ts';
import { MessageWriter } from '../../../protocol/netlink/index.ts';
import type { StartedDaemon } from './daemons.ts';
import type { DestinationEntry, ServiceEntry, Stats64Values } from './table-entries.ts';

/** The attributes that a kernel supports; older kernels lack some. */
export interface Features {
  /** 64-bit counters, since Linux 4.1. */
  readonly stats64: boolean;
  /** Address families of destinations, since Linux 3.18. */
  readonly addressFamily: boolean;
  /** Tunnel types, since Linux 5.3. */
  readonly tunnels: boolean;
}

type Stats = AttributeValues<typeof ipvsAttributes, 'stats'>;

const ZERO_COUNTERS: Stats64Values = Object.fromEntries(counterNames.map((name) => [name, 0n]));
const ALL_FLAGS = 0xffffffff;
const LOW_WORD = 0xffffffffn;

/**
 * Encodes services, destinations and daemons with their attributes in the order in which the kernel writes them, not by
 * attribute type. Encoded services and destinations are cached until they change.
 */
export class TableEncoding {
  readonly #features: Features;
  readonly #writer = new MessageWriter(1024);
  readonly #zeroCounters: Uint8Array;

  constructor(features: Features) {
    this.#features = features;
    this.#zeroCounters = this.#counters(undefined);
  }

  /** Returns the attributes of the SERVICE nest (`ip_vs_genl_fill_service`). */
  service(service: ServiceEntry): Uint8Array {
    return (service.encoded ??= this.#service(service));
  }

  /** Returns the attributes of the DEST nest (`ip_vs_genl_fill_dest`). */
  destination(destination: DestinationEntry): Uint8Array {
    return (destination.encoded ??= this.#destination(destination));
  }

  /** Returns the attributes of the DAEMON nest (`ip_vs_genl_fill_daemon`). */
  daemon(daemon: StartedDaemon): Uint8Array {
    const writer = this.#writer;
    writer.reset();
    ipvsCodec.encode('daemon', writer, {
      state: daemon.state,
      interface: daemon.interface,
      syncId: daemon.syncId,
      syncMaxLength: daemon.syncMaxLength,
      multicastPort: daemon.port,
      multicastTtl: daemon.ttl,
    });
    ipvsCodec.encode(
      'daemon',
      writer,
      daemon.family === AddressFamily.INET6
        ? { multicastGroup6: daemon.group }
        : { multicastGroup: daemon.group },
    );
    return writer.copy();
  }

  #service(service: ServiceEntry): Uint8Array {
    const { settings } = service;
    const stats = service.counters === undefined ? this.#zeroCounters : this.#counters(service.counters);
    const writer = this.#writer;
    writer.reset();
    const { family, protocol, address, port, mark } = service;
    const { scheduler, persistenceEngine, flags, ...others } = settings;
    const key = mark === 0 ? { protocol, address, port } : { mark };
    ipvsCodec.encode('service', writer, { family, ...key, scheduler });
    if (persistenceEngine !== '') ipvsCodec.encode('service', writer, { persistenceEngine });
    ipvsCodec.encode('service', writer, { flags: { flags, mask: ALL_FLAGS }, ...others });
    writer.raw(stats);
    return writer.copy();
  }

  #destination(destination: DestinationEntry): Uint8Array {
    const { settings, connections } = destination;
    const { tunnels, addressFamily } = this.#features;
    const stats =
      destination.counters === undefined ? this.#zeroCounters : this.#counters(destination.counters);
    const writer = this.#writer;
    writer.reset();
    const { address, port } = destination;
    const { forwarding, weight, tunnelType, tunnelPort, tunnelFlags, ...others } = settings;
    ipvsCodec.encode('destination', writer, { address, port, forwarding, weight });
    if (tunnels) ipvsCodec.encode('destination', writer, { tunnelType, tunnelPort, tunnelFlags });
    ipvsCodec.encode('destination', writer, {
      ...others,
      activeConnections: connections.active ?? 0,
      inactiveConnections: connections.inactive ?? 0,
      persistentConnections: connections.persistent ?? 0,
    });
    if (addressFamily) ipvsCodec.encode('destination', writer, { family: destination.family });
    writer.raw(stats);
    return writer.copy();
  }

  /** Encodes the STATS and STATS64 nests, whose attribute types are the same for services and destinations. */
  #counters(counters: Stats64Values | undefined): Uint8Array {
    const stats64 = { ...ZERO_COUNTERS, ...counters };
    const stats: { [name: string]: number | bigint } = {};
    for (const [name, value] of Object.entries(stats64) as [string, bigint][]) {
      const isBytes = name === 'incomingBytes' || name === 'outgoingBytes';
      stats[name] = isBytes ? value : Number(value & LOW_WORD);
    }
    const writer = this.#writer;
    writer.reset();
    ipvsCodec.encode('service', writer, { stats: stats as Stats });
    if (this.#features.stats64) ipvsCodec.encode('service', writer, { stats64 });
    return writer.copy();
  }
}
