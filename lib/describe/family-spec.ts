import type { AttributeSets, ByteView } from '../../protocol/netlink/index.ts';

/** The part of an `AttributeCodec` that `describeMessage` uses. */
interface SpecCodec {
  /** The attribute sets by name. */
  readonly sets: AttributeSets;
  /** Decodes the attributes from `start` to `end` by the attribute set of that name. */
  decode(set: string, view: ByteView, start?: number, end?: number): object;
}

/** The commands and attribute sets of a family, by which `describeMessage` decodes its messages. */
export interface FamilySpec {
  /** Name of a generic netlink family, or number of another netlink protocol. */
  readonly family: string | number;
  /** Name that messages are shown with, such as `ROUTE`. Default: the name of the family. */
  readonly name?: string | undefined;
  /** Commands of a generic netlink family, or message types of a protocol, by name. */
  readonly commands: Readonly<Record<string, number>>;
  /** The codec that has the attribute sets returned by `attributeSet`. */
  readonly codec: SpecCodec;
  /** Returns the name of the attribute set of a command's messages; `undefined` for an unknown command. */
  attributeSet(command: number): string | undefined;
  /** Returns the length of the family's header before the attributes, in bytes. Default: 0. */
  headerLength?(command: number): number;
  /** Returns the address family in that header. */
  addressFamily?(header: Uint8Array): number;
  /**
   * Formats an attribute's value; returns `undefined` if the value itself is to be shown.
   * `addressFamily` is the family in the header, or in an attribute called `family` in the same nest or an
   * enclosing one.
   */
  formatValue?(
    set: string,
    name: string,
    value: unknown,
    addressFamily: number | undefined,
  ): string | undefined;
}
