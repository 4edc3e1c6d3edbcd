import { genericHeader, genericPayload } from '../../protocol/genetlink/index.ts';
import {
  DecodeError,
  decodeAck,
  type Message,
  MessageFlag,
  MessageType,
  NetlinkProtocol,
} from '../../protocol/netlink/index.ts';
import { errnoName } from '../text/errno-name.ts';
import { controllerSpec, routeSpec } from './built-in-specs.ts';
import { type DescribedAttribute, describeAttributes, jsonValue } from './describe-attributes.ts';
import { builtInFamilies, type FamilyNames } from './families.ts';
import type { FamilySpec } from './family-spec.ts';
import { hexadecimal } from './hexadecimal.ts';

/**
 * A netlink message with names in place of numbers. It can be written as JSON: 64-bit numbers are decimal
 * text, bytes are hexadecimal text.
 */
export interface DescribedMessage {
  /**
   * Name of the family, or of the message type that all of netlink shares: `IPVS`, `nlctrl`, `ROUTE`,
   * `NLMSG_DONE`, `type 33`.
   */
  readonly type: string;
  /** Length including the header, in bytes. */
  readonly length: number;
  /** Names of the header flags; bits without a name as one number, such as `0x800`. */
  readonly flags: readonly string[];
  /** The header's sequence number; often 0 in a notification. */
  readonly sequence: number;
  /** The header's port id; often 0 in a request or a notification. */
  readonly portId: number;
  /** Name of the command, or `command 99` if the family has none for number 99. */
  readonly command?: string | undefined;
  /**
   * The family's header, which is between the netlink or generic netlink header and the attributes, as
   * hexadecimal text.
   */
  readonly header?: string | undefined;
  /** The attributes after the header, in their order. */
  readonly attributes?: readonly DescribedAttribute[] | undefined;
  /** For NLMSG_ERROR and NLMSG_DONE: the name of the errno, or `0` for success. */
  readonly errno?: string | undefined;
  /** The known attributes of the extended ack, by name. */
  readonly extended?: Readonly<Record<string, string | number>> | undefined;
  /** The payload as hexadecimal text, if no spec describes its contents. */
  readonly payload?: string | undefined;
  /** Why the message could not be decoded to its end. */
  readonly problem?: string | undefined;
}

/** Options of `describeMessage`. */
export interface DescribeOptions {
  /** Names of generic netlink families by id. Default: only nlctrl. */
  readonly families?: FamilyNames | undefined;
  /** Netlink protocol of the socket (`NETLINK_*`). Default: 16, generic netlink. */
  readonly netlinkProtocol?: number | undefined;
  /** Specs of families other than nlctrl and NETLINK_ROUTE. */
  readonly specs?: readonly FamilySpec[] | undefined;
}

type Contents = Pick<DescribedMessage, 'command' | 'header' | 'errno' | 'extended' | 'payload'>;

const BUILT_IN: readonly FamilySpec[] = [controllerSpec, routeSpec];

/**
 * Describes a message of any family. Never throws for a malformed message: `problem` then says what is wrong,
 * and `attributes` has the attributes before that place.
 */
export function describeMessage(message: Message, options: DescribeOptions = {}): DescribedMessage {
  const { netlinkProtocol = NetlinkProtocol.GENERIC, families = builtInFamilies, specs = [] } = options;
  const generic = netlinkProtocol === NetlinkProtocol.GENERIC;
  const family = generic ? families.get(message.type) : netlinkProtocol;
  const spec =
    message.type < MessageType.MIN
      ? undefined
      : [...specs, ...BUILT_IN].find((candidate) => candidate.family === family);
  const attributes: DescribedAttribute[] = [];
  let contents: Contents = {};
  let problem: string | undefined;
  try {
    if (spec === undefined) contents = describeWithoutSpec(message);
    else contents = describeBySpec(message, spec, generic, attributes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    problem = error.message;
    if (attributes.length === 0) contents = { payload: payloadOf(message) };
  }
  const name = typeof family === 'string' ? family : undefined;
  return {
    type: CONTROL_MESSAGES.get(message.type) ?? spec?.name ?? name ?? `type ${message.type}`,
    length: message.end - message.offset,
    flags: flagNames(message, contents.command),
    sequence: message.sequence,
    portId: message.portId,
    ...contents,
    attributes:
      attributes.length === 0 && (spec === undefined || problem !== undefined) ? undefined : attributes,
    problem,
  };
}

const CONTROL_MESSAGES: ReadonlyMap<number, string> = new Map([
  [MessageType.NOOP, 'NLMSG_NOOP'],
  [MessageType.ERROR, 'NLMSG_ERROR'],
  [MessageType.DONE, 'NLMSG_DONE'],
  [MessageType.OVERRUN, 'NLMSG_OVERRUN'],
]);

const COMMON_FLAGS = ['REQUEST', 'MULTI', 'ACK', 'ECHO', 'DUMP_INTR', 'DUMP_FILTERED'] as const;
const ACK_FLAGS = ['CAPPED', 'ACK_TLVS'] as const;
const GET_FLAGS = ['DUMP', 'ROOT', 'MATCH'] as const;
const NEW_FLAGS = ['REPLACE', 'EXCL', 'CREATE', 'APPEND'] as const;

/**
 * Returns the names of the header flags. Some bits have different meanings in acks, in requests that create
 * objects and in other requests.
 */
function flagNames({ type, flags }: Message, command: string | undefined): string[] {
  const isAck = type === MessageType.ERROR || type === MessageType.DONE;
  const isRequest = !isAck && (flags & MessageFlag.REQUEST) !== 0;
  const requestFlags = /^(RTM_)?NEW/.test(command ?? '') ? NEW_FLAGS : GET_FLAGS;
  const candidates = [...COMMON_FLAGS, ...(isAck ? ACK_FLAGS : []), ...(isRequest ? requestFlags : [])];
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

/** Appends the attributes to `attributes` one by one, and returns the other contents. */
function describeBySpec(
  message: Message,
  spec: FamilySpec,
  generic: boolean,
  attributes: DescribedAttribute[],
): Contents {
  const { view, end } = message;
  const number = generic ? genericHeader(message).command : message.type;
  const [command = `command ${number}`] =
    Object.entries(spec.commands).find(([, value]) => value === number) ?? [];
  const set = spec.attributeSet(number);
  const start = generic ? genericPayload(message) : message.payloadOffset;
  if (set === undefined) return { command, payload: hexadecimal(view.bytes.subarray(start, end)) };
  const headerLength = spec.headerLength?.(number) ?? 0;
  if (start + headerLength > end) throw new DecodeError("the family's header is truncated", start);
  const header = view.bytes.subarray(start, start + headerLength);
  const addressFamily = spec.addressFamily?.(header);
  describeAttributes(spec, set, view, [start + headerLength, end], addressFamily, attributes);
  return { command, header: headerLength === 0 ? undefined : hexadecimal(header) };
}

function describeWithoutSpec(message: Message): Contents {
  const { type } = message;
  if (type === MessageType.ERROR || type === MessageType.DONE) return describeAck(message);
  return { payload: payloadOf(message) };
}

function payloadOf({ view, payloadOffset, end }: Message): string {
  return hexadecimal(view.bytes.subarray(payloadOffset, end));
}

function describeAck(message: Message): Contents {
  const { errno, extended } = decodeAck(message);
  const attributes = Object.entries(extended)
    .filter(([name]) => name !== 'unknown')
    .map(([name, value]) => [name, jsonValue(value)] as const);
  return {
    errno: errno === 0 ? '0' : errnoName(errno),
    extended: attributes.length === 0 ? undefined : Object.fromEntries(attributes),
  };
}
