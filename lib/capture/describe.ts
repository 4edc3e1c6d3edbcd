import {
  CONTROLLER_ID,
  ControllerCommand,
  controllerAttributes,
  controllerCodec,
  genericHeader,
  genericPayload,
} from '../../protocol/genetlink/index.ts';
import { Command, FAMILY_NAME, ipvsAttributes, ipvsCodec } from '../../protocol/ipvs/index.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  type AttributeCodec,
  type AttributeSets,
  type ByteView,
  DecodeError,
  decodeAck,
  type Message,
  MessageFlag,
  MessageType,
  NetlinkProtocol,
  walkAttributes,
} from '../../protocol/netlink/index.ts';
import { errnoName } from '../netlink/errors.ts';
import type { FamilyNames } from './families.ts';
import { hexadecimal } from './hexadecimal.ts';
import { ipvsMeaning } from './ipvs-values.ts';

/** An attribute as it is shown: a nest has `attributes`, anything else a `value`. */
interface DescribedAttribute {
  /** The name in the table, or `attribute 99` where the table has none. */
  readonly name: string;
  readonly value?: string | number | undefined;
  readonly attributes?: readonly DescribedAttribute[] | undefined;
}

/** A netlink message in words. Everything is JSON: what has 64 bits is decimal text, bytes are hexadecimal. */
export interface DescribedMessage {
  /** The family or netlink's own type: `IPVS`, `nlctrl`, `NLMSG_DONE`, `type 33`. */
  readonly type: string;
  /** Length with the header, in bytes. */
  readonly length: number;
  /** Header flags by name; bits without one as a number, such as `0x800`. */
  readonly flags: readonly string[];
  readonly sequence: number;
  readonly portId: number;
  /** The command of a generic netlink message, by name where it is known. */
  readonly command?: string | undefined;
  readonly attributes?: readonly DescribedAttribute[] | undefined;
  /** Of NLMSG_ERROR and NLMSG_DONE: the error's name, `0` for success. */
  readonly errno?: string | undefined;
  /** Of the extended ack: what the kernel said, by the names of its attributes. */
  readonly extended?: Readonly<Record<string, string | number>> | undefined;
  /** The payload, where nothing here knows what is in it. */
  readonly payload?: string | undefined;
  /** Why the message could not be read to its end. */
  readonly problem?: string | undefined;
}

/** What describing a message takes to know. */
export interface DescribeOptions {
  /** Families by id, see `learnFamilies`. */
  readonly families: FamilyNames;
  /** The netlink protocol of the socket: 16 (generic netlink) unless given. */
  readonly protocolFamily?: number | undefined;
}

type Part = Pick<DescribedMessage, 'command' | 'attributes' | 'errno' | 'extended' | 'payload'>;

/** Describes a message of any family; never throws for what is in it, see `problem`. */
export function describeMessage(message: Message, options: DescribeOptions): DescribedMessage {
  const generic = (options.protocolFamily ?? NetlinkProtocol.GENERIC) === NetlinkProtocol.GENERIC;
  const family = generic ? options.families.get(message.type) : undefined;
  let part: Part = {};
  let problem: string | undefined;
  try {
    part = describePart(message, family);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    problem = error.message;
    part = { payload: hexadecimal(message.view.bytes.subarray(message.payload, message.end)) };
  }
  return {
    type: OWN_TYPES.get(message.type) ?? family ?? `type ${message.type}`,
    length: message.end - message.offset,
    flags: flagNames(message),
    sequence: message.sequence,
    portId: message.portId,
    ...part,
    problem,
  };
}

/** The lines that show a description: the header in the first, each attribute in one of its own. */
export function describeLines(described: DescribedMessage): string[] {
  const { type, command, flags, sequence, portId, length, errno, extended, payload, problem } = described;
  const head = [type, command, errno].filter((word) => word !== undefined).join(' ');
  const lines = [
    `${head} [${flags.join(' ')}] sequence ${sequence} port ${portId}, ${length} bytes`,
    ...Object.entries(extended ?? {}).map(([name, value]) => `  ${name}: ${value}`),
  ];
  const add = (attributes: readonly DescribedAttribute[], indent: string): void => {
    for (const { name, value, attributes: inside } of attributes) {
      lines.push(inside === undefined ? `${indent}${name}: ${value}` : `${indent}${name}`);
      if (inside !== undefined) add(inside, `${indent}  `);
    }
  };
  add(described.attributes ?? [], '  ');
  if (payload !== undefined && payload !== '') lines.push(`  payload: ${payload}`);
  if (problem !== undefined) lines.push(`  problem: ${problem}`);
  return lines;
}

const OWN_TYPES: ReadonlyMap<number, string> = new Map([
  [MessageType.NOOP, 'NLMSG_NOOP'],
  [MessageType.ERROR, 'NLMSG_ERROR'],
  [MessageType.DONE, 'NLMSG_DONE'],
  [MessageType.OVERRUN, 'NLMSG_OVERRUN'],
]);

const COMMON_FLAGS = ['REQUEST', 'MULTI', 'ACK', 'ECHO', 'DUMP_INTR', 'DUMP_FILTERED'] as const;
const ACK_FLAGS = ['CAPPED', 'ACK_TLVS'] as const;
const REQUEST_FLAGS = ['DUMP', 'ROOT', 'MATCH'] as const;

function flagNames({ type, flags }: Message): string[] {
  const isAck = type === MessageType.ERROR || type === MessageType.DONE;
  const isRequest = !isAck && (flags & MessageFlag.REQUEST) !== 0;
  const candidates = [...COMMON_FLAGS, ...(isAck ? ACK_FLAGS : []), ...(isRequest ? REQUEST_FLAGS : [])];
  const names: string[] = [];
  let rest = flags;
  for (const name of candidates) {
    const bits = MessageFlag[name];
    if ((rest & bits) !== bits) continue;
    names.push(name);
    rest &= ~bits;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names;
}

const CONTROLLER_COMMANDS = namesOf(ControllerCommand);
const IPVS_COMMANDS = namesOf(Command);

function describePart(message: Message, family: string | undefined): Part {
  const { type, view, payload, end } = message;
  if (type === MessageType.ERROR || type === MessageType.DONE) return describeAck(message);
  if (type === CONTROLLER_ID && family !== undefined) {
    const { command } = genericHeader(message);
    return {
      command: CONTROLLER_COMMANDS.get(command) ?? `command ${command}`,
      attributes: describeSet(CONTROLLER_TABLE, 'family', view, genericPayload(message), end),
    };
  }
  if (family === FAMILY_NAME) {
    const { command } = genericHeader(message);
    const set = command === Command.SET_INFO ? 'info' : 'command';
    return {
      command: IPVS_COMMANDS.get(command) ?? `command ${command}`,
      attributes: describeSet(IPVS_TABLE, set, view, genericPayload(message), end),
    };
  }
  return { payload: hexadecimal(view.bytes.subarray(payload, end)) };
}

function describeAck(message: Message): Part {
  const { errno, extended } = decodeAck(message);
  const said = Object.entries(extended)
    .filter(([name]) => name !== 'unknown')
    .map(([name, value]) => [name, shown(value)] as const);
  return {
    errno: errno === 0 ? '0' : errnoName(errno),
    extended: said.length === 0 ? undefined : Object.fromEntries(said),
  };
}

/** A table with its codec, and what its numbers mean where that is known. */
interface Table {
  readonly sets: AttributeSets;
  readonly codec: Pick<AttributeCodec<AttributeSets>, 'decode'>;
  readonly meaning: (set: string, name: string, value: unknown, family: number | undefined) => unknown;
}

const CONTROLLER_TABLE: Table = {
  sets: controllerAttributes,
  codec: controllerCodec as unknown as Table['codec'],
  meaning: () => undefined,
};
const IPVS_TABLE: Table = {
  sets: ipvsAttributes,
  codec: ipvsCodec as unknown as Table['codec'],
  meaning: ipvsMeaning,
};

function describeSet(
  table: Table,
  set: string,
  view: ByteView,
  start: number,
  end: number,
  outerFamily?: number,
): DescribedAttribute[] {
  const specs = Object.entries(table.sets[set]!);
  // An address is read by the family beside it, wherever in the nest that stands.
  const own =
    'family' in table.sets[set]! && set !== 'family' ? familyIn(table, set, view, start, end) : undefined;
  const family = own ?? outerFamily;
  const described: DescribedAttribute[] = [];
  walkAttributes(view, start, end, set, (type, _rawType, from, to) => {
    const spec = specs.find(([, [number]]) => number === type);
    if (spec === undefined) {
      described.push({ name: `attribute ${type}`, value: hexadecimal(view.bytes.subarray(from, to)) });
      return;
    }
    const [name, [, kind, inner]] = spec;
    if (kind === 'padding') return;
    if (kind === 'nest') {
      described.push({ name, attributes: describeSet(table, inner!, view, from, to, family) });
    } else if (kind === 'list' || kind === 'array') {
      const entries: DescribedAttribute[] = [];
      walkAttributes(view, from, to, `${set}.${name}`, (_type, _raw, entryFrom, entryTo) => {
        const attributes = describeSet(table, inner!, view, entryFrom, entryTo, family);
        entries.push({ name: `${entries.length + 1}`, attributes });
      });
      described.push({ name, attributes: entries });
    } else {
      const values = table.codec.decode(set, view, from - ATTRIBUTE_HEADER_LENGTH, to);
      const value = (values as Record<string, unknown>)[name];
      described.push({ name, value: shown(table.meaning(set, name, value, family) ?? value) });
    }
  });
  return described;
}

function familyIn(table: Table, set: string, view: ByteView, start: number, end: number): number | undefined {
  const family = (table.codec.decode(set, view, start, end) as Record<string, unknown>).family;
  return typeof family === 'number' ? family : undefined;
}

function shown(value: unknown): string | number {
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return hexadecimal(value);
  if (Array.isArray(value)) return value.map(shown).join(' ');
  return String(value);
}

function namesOf(numbers: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
}
