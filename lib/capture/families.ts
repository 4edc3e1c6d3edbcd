import { CONTROLLER_ID, GENERIC_HEADER_LENGTH } from '../../protocol/genetlink/index.ts';
import {
  ADDRESS_LENGTH,
  AddressFamily,
  Command,
  FAMILY_NAME,
  FAMILY_VERSION,
  ipvsCodec,
} from '../../protocol/ipvs/index.ts';
import { DecodeError, type Message, MessageType, NetlinkProtocol } from '../../protocol/netlink/index.ts';
import { addFamily, builtInFamilies, type FamilyNames } from '../describe/families.ts';
import type { CapturedPacket } from './capture.ts';
import { firstType, visitMessages } from './messages.ts';

/**
 * Returns the names of the generic netlink families in a capture by id.
 *
 * They come from nlctrl's replies. If no such reply is about IPVS (because the recording began after the lookup), a
 * message type counts as IPVS if it is the only one whose messages are all valid IPVS messages and of which at least
 * one names a service or destination; see {@link ipvsLikelihood}. Once {@link ENOUGH_MESSAGES} messages of a type have
 * named one, its later messages are not checked.
 */
export function familyNames(packets: readonly CapturedPacket[]): FamilyNames {
  const names = new Map(builtInFamilies);
  for (const packet of packets) {
    if (packet.netlinkProtocol !== NetlinkProtocol.GENERIC || packet.direction !== 'to-user') continue;
    // All messages of a datagram from the kernel belong to one family.
    if (firstType(packet) === CONTROLLER_ID) visitMessages(packet, (message) => addFamily(message, names));
  }
  if ([...names.values()].includes(FAMILY_NAME)) return names;
  const guess = guessIpvs(packets, names);
  return guess === undefined ? names : names.set(guess, FAMILY_NAME);
}

/** Returns the id of the family called `name`; undefined if the capture has none. */
export function familyId(families: FamilyNames, name: string): number | undefined {
  for (const [id, familyName] of families) if (familyName === name) return id;
  return undefined;
}

/**
 * Number of messages certain to be of IPVS after which no more of their type are checked: checking all of a large table
 * takes longer than listing it.
 */
const ENOUGH_MESSAGES = 3;

function guessIpvs(packets: readonly CapturedPacket[], names: FamilyNames): number | undefined {
  const impossible = new Set<number>();
  /** Number of messages that are certain to be of IPVS, by type. */
  const certain = new Map<number, number>();
  const isDecided = (type: number): boolean =>
    type < MessageType.MIN ||
    names.has(type) ||
    impossible.has(type) ||
    (certain.get(type) ?? 0) >= ENOUGH_MESSAGES;
  for (const packet of packets.filter(({ netlinkProtocol }) => netlinkProtocol === NetlinkProtocol.GENERIC)) {
    // All messages of a datagram from the kernel belong to one family.
    if (packet.direction === 'to-user' && isDecided(firstType(packet))) continue;
    visitMessages(packet, (message) => {
      const { type } = message;
      if (isDecided(type)) return;
      const likelihood = ipvsLikelihood(message);
      if (likelihood === 'impossible') impossible.add(type);
      if (likelihood === 'certain') certain.set(type, (certain.get(type) ?? 0) + 1);
    });
  }
  const types = [...certain.keys()].filter((type) => !impossible.has(type));
  return types.length === 1 ? types[0] : undefined;
}

type Likelihood = 'impossible' | 'possible' | 'certain';

/**
 * Tells how likely a message is one of IPVS: `impossible` unless its command is known, the version is 1, the reserved
 * field is 0, and every attribute is in the IPVS attribute sets; `certain` if it also contains a service or destination
 * with its complete key, and `possible` if it contains neither.
 */
function ipvsLikelihood(message: Message): Likelihood {
  const { view, payloadOffset, end } = message;
  if (end - payloadOffset < GENERIC_HEADER_LENGTH) return 'impossible';
  const start = payloadOffset + GENERIC_HEADER_LENGTH;
  const [command = 0, version, low, high] = view.bytes.subarray(payloadOffset, start);
  if (version !== FAMILY_VERSION || low !== 0 || high !== 0) return 'impossible';
  if (command < Command.NEW_SERVICE || command > Command.GET_SERVICE_DEST) return 'impossible';
  try {
    if (command === Command.SET_INFO)
      return ipvsCodec.decode('info', view, start, end).unknown === undefined ? 'possible' : 'impossible';
    const { service, destination, unknown } = ipvsCodec.decode('command', view, start, end);
    if (unknown !== undefined) return 'impossible';
    if (service === undefined && destination === undefined) return 'possible';
    const hasServiceKey =
      service === undefined ||
      service.mark !== undefined ||
      (service.protocol !== undefined && service.address !== undefined && service.port !== undefined);
    const addressFamilyValid =
      service?.family === undefined || Object.values<number>(AddressFamily).includes(service.family);
    const hasDestinationKey =
      destination === undefined ||
      (destination.address?.length === ADDRESS_LENGTH && destination.port !== undefined);
    return hasServiceKey && addressFamilyValid && hasDestinationKey ? 'certain' : 'impossible';
  } catch (error) {
    if (error instanceof DecodeError) return 'impossible';
    throw error;
  }
}
