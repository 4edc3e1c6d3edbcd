import type { UnknownAttribute } from '../../netlink/index.ts';
import { ipvsAttributes } from '../fields/attributes.ts';
import { FORWARDING_MASK } from '../fields/constants.ts';
import type { Counters } from '../fields/counters.ts';
import type { Tunnel } from '../fields/destination.ts';
import { inspectAs } from '../fields/inspect.ts';
import {
  type Family,
  FORWARDING_NAMES,
  FORWARDING_NUMBERS,
  type ForwardingMethod,
  TUNNEL_CHECKSUM_NAMES,
  TUNNEL_TYPE_NAMES,
} from '../fields/names.ts';
import { destinationLayout } from './record-layout.ts';
import type { RecordChunk, RecordStore } from './record-store.ts';
import { countersOf, RecordView } from './record-view.ts';

const TYPES = ipvsAttributes.destination;
const INDEXES = destinationLayout.indexes;
const TUNNEL_BITS = (1 << TYPES.tunnelType[0]) | (1 << TYPES.tunnelPort[0]) | (1 << TYPES.tunnelFlags[0]);

/** A view of a destination's record, with the properties of a `Destination`. */
export class DestinationRecordView extends RecordView {
  constructor(store: RecordStore) {
    super(store, destinationLayout);
  }

  /** The family of the address. */
  get family(): Family {
    return this.familyAt(INDEXES.family);
  }

  /** IPv4 or IPv6 address in canonical text. */
  get address(): string {
    return this.addressAt(INDEXES.address, this.family);
  }

  /** Address and port: `10.0.0.2:80`, `[2001:db8::2]:80`. */
  get endpoint(): string {
    return this.endpointAt(INDEXES.family, INDEXES.address, INDEXES.port);
  }

  /**
   * The first word of the address, big-endian, times 65536 plus the port: a number by which IPv4 endpoints can be
   * compared.
   */
  get endpointNumber(): number {
    return this.endpointNumberAt(INDEXES.address, INDEXES.port);
  }

  /** Returns one of the four 32-bit words of the address, big-endian; an IPv4 address is word 0. */
  addressWord(index: number): number {
    return this.addressWordAt(INDEXES.address, index);
  }

  /** AF_INET or AF_INET6. */
  get familyNumber(): number {
    return this.words[this.at + INDEXES.family]!;
  }

  /** Port, 0-65535. */
  get port(): number {
    return this.portAt(INDEXES.port);
  }

  /** Forwarding method. */
  get forwarding(): ForwardingMethod {
    const { forwardingNumber } = this;
    return FORWARDING_NAMES[forwardingNumber] ?? forwardingNumber;
  }

  /** The forwarding method's number (`IP_VS_CONN_F_*`). */
  get forwardingNumber(): number {
    return this.words[this.at + INDEXES.forwarding]! & FORWARDING_MASK;
  }

  /** Weight, 0-2147483647; with 0 the destination gets no new connections. */
  get weight(): number {
    return this.words[this.at + INDEXES.weight]!;
  }

  /** Number of connections at which it gets no new ones; 0 for no limit. */
  get upperThreshold(): number {
    return this.words[this.at + INDEXES.upperThreshold]! >>> 0;
  }

  /** Number of connections below which it gets new ones again; 0 for the kernel's choice. */
  get lowerThreshold(): number {
    return this.words[this.at + INDEXES.lowerThreshold]! >>> 0;
  }

  /**
   * Encapsulation; undefined if not reported, or if the forwarding method is not tunnel and all its
   * values are 0.
   */
  get tunnel(): Tunnel | undefined {
    if ((this.words[this.at]! & TUNNEL_BITS) === 0) return undefined;
    const type = this.words[this.at + INDEXES.tunnelType]!;
    const port = this.portAt(INDEXES.tunnelPort);
    const flags = this.words[this.at + INDEXES.tunnelFlags]!;
    if (this.forwardingNumber !== FORWARDING_NUMBERS.tunnel && (type | port | flags) === 0) return undefined;
    return { type: TUNNEL_TYPE_NAMES[type] ?? type, port, checksum: TUNNEL_CHECKSUM_NAMES[flags] ?? flags };
  }

  /** Connections that are established or in their handshake (`tcp_state_active_table`). */
  get activeConnections(): number {
    return this.words[this.at + INDEXES.activeConnections]! >>> 0;
  }

  /** Other connections, such as those in the state FIN_WAIT, and those of UDP. */
  get inactiveConnections(): number {
    return this.words[this.at + INDEXES.inactiveConnections]! >>> 0;
  }

  /** Number of persistence templates: clients bound to this destination. */
  get persistentConnections(): number {
    return this.words[this.at + INDEXES.persistentConnections]! >>> 0;
  }
}

/**
 * A decoded destination. Its properties are plain data except for `counters`, an accessor that reads the
 * record.
 */
export class DecodedDestination {
  // `declare`, as class fields would first be initialised to undefined in each of thousands of objects.
  declare readonly family: Family;
  declare readonly address: string;
  declare readonly port: number;
  declare readonly forwarding: ForwardingMethod;
  declare readonly weight: number;
  declare readonly upperThreshold: number;
  declare readonly lowerThreshold: number;
  declare readonly tunnel: Tunnel | undefined;
  declare readonly activeConnections: number;
  declare readonly inactiveConnections: number;
  declare readonly persistentConnections: number;
  declare readonly unknown: readonly UnknownAttribute[] | undefined;
  readonly #chunk: RecordChunk;
  readonly #at: number;

  constructor(record: DestinationRecordView) {
    this.family = record.family;
    this.address = record.address;
    this.port = record.port;
    this.forwarding = record.forwarding;
    this.weight = record.weight;
    this.upperThreshold = record.upperThreshold;
    this.lowerThreshold = record.lowerThreshold;
    this.tunnel = record.tunnel;
    this.activeConnections = record.activeConnections;
    this.inactiveConnections = record.inactiveConnections;
    this.persistentConnections = record.persistentConnections;
    this.unknown = record.unknown;
    this.#chunk = record.chunk;
    this.#at = record.at;
  }

  get counters(): Counters {
    return countersOf(this.#chunk, this.#at, destinationLayout);
  }

  /** Returns a plain object with the counters, which are decimal strings in JSON. */
  toJSON(): object {
    return { ...this, counters: this.counters };
  }
}

inspectAs(DecodedDestination, (destination) => destination.toJSON());
