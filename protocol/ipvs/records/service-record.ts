import type { MessageWriter, UnknownAttribute } from '../../netlink/index.ts';
import { ADDRESS_LENGTH } from '../fields/address.ts';
import { ipvsAttributes } from '../fields/attributes.ts';
import { NAMED_SERVICE_FLAGS, ServiceFlag } from '../fields/constants.ts';
import type { Counters } from '../fields/counters.ts';
import { inspectAs } from '../fields/inspect.ts';
import {
  type Family,
  PROTOCOL_NAMES,
  type Protocol,
  type SchedulerFlag,
  schedulerFlags,
} from '../fields/names.ts';
import type { ReportedPersistence } from '../fields/persistence.ts';
import type { ServiceKey } from '../fields/service.ts';
import { serviceLayout } from './record-layout.ts';
import type { RecordChunk, RecordStore } from './record-store.ts';
import { countersOf, RecordView } from './record-view.ts';

const TYPES = ipvsAttributes.service;
const MARK = TYPES.mark[0];
const NETMASK = TYPES.netmask[0];
const ENGINE = TYPES.persistenceEngine[0];
const INDEXES = serviceLayout.indexes;
const MARK_BIT = 1 << MARK;
/** The attributes of the key are adjacent, from the family to the mark. */
const FIRST_KEY_WORD = INDEXES.family;
const LAST_KEY_WORD = INDEXES.mark;

/** A view of a service's record, with the properties of a `Service`. */
export class ServiceRecordView extends RecordView {
  constructor(store: RecordStore) {
    super(store, serviceLayout);
  }

  /** The family of the address, or of the packets that carry the mark. */
  get family(): Family {
    return this.familyAt(INDEXES.family);
  }

  /** AF_INET or AF_INET6. */
  get familyNumber(): number {
    return this.words[this.at + INDEXES.family]!;
  }

  /** The transport protocol; undefined for a service with a mark. */
  get protocol(): Protocol | undefined {
    if (this.isMarked) return undefined;
    const number = this.words[this.at + INDEXES.protocol]!;
    return PROTOCOL_NAMES[number] ?? number;
  }

  /** IPv4 or IPv6 address in canonical text; undefined for a service with a mark. */
  get address(): string | undefined {
    return this.isMarked ? undefined : this.addressAt(INDEXES.address, this.family);
  }

  /** Address and port: `10.0.0.1:80`, `[2001:db8::1]:80`. Only for a service without a mark. */
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

  /** The protocol's number (`IPPROTO_*`); 0 for a service with a mark. */
  get protocolNumber(): number {
    return this.isMarked ? 0 : this.words[this.at + INDEXES.protocol]!;
  }

  /** Port, 0-65535; undefined for a service with a mark. */
  get port(): number | undefined {
    return this.isMarked ? undefined : this.portAt(INDEXES.port);
  }

  /** Firewall mark; undefined for a service with an address. */
  get mark(): number | undefined {
    return this.isMarked ? this.words[this.at + INDEXES.mark]! >>> 0 : undefined;
  }

  /** Whether a firewall mark identifies the service. */
  get isMarked(): boolean {
    return this.has(MARK);
  }

  /** The key of the service. */
  get key(): ServiceKey & { readonly family: Family } {
    const { family, mark } = this;
    if (mark !== undefined) return { family, mark };
    return { family, protocol: this.protocol!, address: this.address!, port: this.port! };
  }

  /** Appends the attributes of the key, for a request about the service. */
  writeKey(writer: MessageWriter): void {
    writer.put16(writer.attribute(TYPES.family[0], 2), this.familyNumber);
    if (this.isMarked) {
      writer.put32(writer.attribute(MARK, 4), this.words[this.at + INDEXES.mark]!);
      return;
    }
    const address = 4 * (this.at + INDEXES.address);
    writer.put16(writer.attribute(TYPES.protocol[0], 2), this.words[this.at + INDEXES.protocol]!);
    writer.putBytes(
      writer.attribute(TYPES.address[0], ADDRESS_LENGTH),
      this.chunk.bytes.subarray(address, address + ADDRESS_LENGTH),
    );
    writer.put16(writer.attribute(TYPES.port[0], 2), this.portAt(INDEXES.port), false);
  }

  /** Name of the scheduler, such as `wlc`; `none` for none. */
  get scheduler(): string {
    return this.store.names.text(this.words[this.at + INDEXES.scheduler]!);
  }

  /** Persistence; undefined for none. */
  get persistence(): ReportedPersistence | undefined {
    if ((this.flags & ServiceFlag.PERSISTENT) === 0) return undefined;
    const timeout = this.words[this.at + INDEXES.timeout]! >>> 0;
    // Every kernel sends the netmask, but a capture may lack it.
    if (!this.has(NETMASK)) return { timeout } as ReportedPersistence;
    const { family } = this;
    return family === 'ipv4'
      ? { timeout, netmask: this.addressAt(INDEXES.netmask, family) }
      : { timeout, prefixLength: this.words[this.at + INDEXES.netmask]! >>> 0 };
  }

  /** Whether each packet is scheduled separately (UDP). */
  get onePacket(): boolean {
    return (this.flags & ServiceFlag.ONE_PACKET) !== 0;
  }

  /** Flags of the scheduler. */
  get schedulerFlags(): readonly SchedulerFlag[] {
    return schedulerFlags(this.scheduler, this.flags);
  }

  /** Name of the persistence engine, such as `sip`; undefined for none. */
  get persistenceEngine(): string | undefined {
    return this.has(ENGINE)
      ? this.store.names.text(this.words[this.at + INDEXES.persistenceEngine]!)
      : undefined;
  }

  /** Flag bits unknown to this library version (0x40 and above), as a mask; 0 for none. */
  get otherFlags(): number {
    return (this.flags & ~NAMED_SERVICE_FLAGS) >>> 0;
  }

  /** The flags (`IP_VS_SVC_F_*`). */
  get flags(): number {
    return this.words[this.at + INDEXES.flags]!;
  }

  /** Whether the record at the index `other` of `words` has the same key. */
  hasKeyOf(words: Int32Array, other: number): boolean {
    const { words: mine, at } = this;
    for (let index = LAST_KEY_WORD; index >= FIRST_KEY_WORD; index--)
      if (mine[at + index] !== words[other + index]) return false;
    return ((mine[at]! ^ words[other]!) & MARK_BIT) === 0;
  }
}

/**
 * A decoded service. Its properties are plain data except for `counters`, an accessor that reads the record.
 */
export class DecodedService {
  // `declare`, as class fields would first be initialised to undefined in each of thousands of objects.
  declare readonly family: Family;
  declare readonly protocol: Protocol | undefined;
  declare readonly address: string | undefined;
  declare readonly port: number | undefined;
  declare readonly mark: number | undefined;
  declare readonly scheduler: string;
  declare readonly persistence: ReportedPersistence | undefined;
  declare readonly onePacket: boolean;
  declare readonly schedulerFlags: readonly SchedulerFlag[];
  declare readonly persistenceEngine: string | undefined;
  declare readonly otherFlags: number;
  declare readonly unknown: readonly UnknownAttribute[] | undefined;
  readonly #chunk: RecordChunk;
  readonly #at: number;

  constructor(record: ServiceRecordView) {
    this.family = record.family;
    this.protocol = record.protocol;
    this.address = record.address;
    this.port = record.port;
    this.mark = record.mark;
    this.scheduler = record.scheduler;
    this.persistence = record.persistence;
    this.onePacket = record.onePacket;
    this.schedulerFlags = record.schedulerFlags;
    this.persistenceEngine = record.persistenceEngine;
    this.otherFlags = record.otherFlags;
    this.unknown = record.unknown;
    this.#chunk = record.chunk;
    this.#at = record.at;
  }

  get counters(): Counters {
    return countersOf(this.#chunk, this.#at, serviceLayout);
  }

  /** Returns a plain object with the counters, which are decimal strings in JSON. */
  toJSON(): object {
    return { ...this, counters: this.counters };
  }
}

inspectAs(DecodedService, (service) => service.toJSON());
