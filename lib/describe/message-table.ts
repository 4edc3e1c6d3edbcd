import type { AttributeSets, ByteView } from '../../protocol/netlink/index.ts';

/** The part of an `AttributeCodec` that descriptions use. */
interface TableCodec {
  /** The attribute sets by name. */
  readonly sets: AttributeSets;
  /** Decodes the attributes at `start` to `end` by the set of that name. */
  decode(set: string, view: ByteView, start?: number, end?: number): object;
}

/** How the messages of a family are read, for `describeMessage`. */
export interface MessageTable {
  /** Name of a generic netlink family, or number of a netlink protocol that has no families. */
  readonly family: string | number;
  /** Name of the messages: `ROUTE`. Default: the name of the family. */
  readonly name?: string | undefined;
  /** Commands of a generic netlink family, or message types of a protocol, by name. */
  readonly commands: Readonly<Record<string, number>>;
  /** The codec of the attribute sets that `set` names. */
  readonly codec: TableCodec;
  /** The attribute set of a command's messages; `undefined` for a command that is not known. */
  set(command: number): string | undefined;
  /** Length of the family's header ahead of the attributes of a command's messages, in bytes. Default: 0. */
  headerLength?(command: number): number;
  /** The address family that values are read by, where that header says so. */
  addressFamily?(header: Uint8Array): number;
  /**
   * The meaning of an attribute's value, as text; `undefined` where the value itself is shown.
   * `addressFamily` is that of the header or of an attribute called `family` in the same nest or in one
   * around it.
   */
  meaning?(set: string, name: string, value: unknown, addressFamily: number | undefined): string | undefined;
}
