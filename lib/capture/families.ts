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
import { builtInFamilies, type FamilyNames, learnFamily } from '../describe/families.ts';
import type { CapturedPacket } from './capture.ts';
import { firstType, visitMessages } from './messages.ts';

/**
 * The families of a capture by id.
 *
 * They are learned from nlctrl's replies. Where those do not name IPVS (the recording began after
 * the lookup), a message type counts as IPVS when it is the only one of which every message could
 * be IPVS's and at least one names a service or destination; see {@link couldBeIpvs}.
 */
export function learnFamilies(packets: readonly CapturedPacket[]): FamilyNames {
  const names = new Map(builtInFamilies);
  for (const packet of packets) {
    if (packet.protocolFamily !== NetlinkProtocol.GENERIC || packet.direction !== 'to-user') continue;
    // A datagram of the kernel is of one family.
    if (firstType(packet) === CONTROLLER_ID) visitMessages(packet, (message) => learnFamily(message, names));
  }
  if ([...names.values()].includes(FAMILY_NAME)) return names;
  const guess = guessIpvs(packets, names);
  return guess === undefined ? names : names.set(guess, FAMILY_NAME);
}

/** The id of the family called `name`. */
export function familyId(families: FamilyNames, name: string): number | undefined {
  for (const [id, known] of families) if (known === name) return id;
  return undefined;
}

function guessIpvs(packets: readonly CapturedPacket[], known: FamilyNames): number | undefined {
  const verdicts = new Map<number, Verdict>();
  for (const packet of packets.filter(({ protocolFamily }) => protocolFamily === NetlinkProtocol.GENERIC)) {
    visitMessages(packet, (message) => {
      const { type } = message;
      if (type < MessageType.MIN || known.has(type) || verdicts.get(type) === 'impossible') return;
      const verdict = couldBeIpvs(message);
      if (verdict !== 'possible' || !verdicts.has(type)) verdicts.set(type, verdict);
    });
  }
  const certain = [...verdicts].filter(([, verdict]) => verdict === 'certain');
  return certain.length === 1 ? certain[0]![0] : undefined;
}

type Verdict = 'impossible' | 'possible' | 'certain';

/**
 * Whether a message could be one of IPVS's: a command it has, version 1, a zeroed reserved field,
 * and attributes of its tables only. `certain` where they hold a service or destination with its
 * whole key besides.
 */
function couldBeIpvs(message: Message): Verdict {
  const { view, payload, end } = message;
  if (end - payload < GENERIC_HEADER_LENGTH) return 'impossible';
  const [command = 0, version, low, high] = view.bytes.subarray(payload, payload + GENERIC_HEADER_LENGTH);
  if (version !== FAMILY_VERSION || low !== 0 || high !== 0) return 'impossible';
  if (command < Command.NEW_SERVICE || command > Command.GET_SERVICE_DEST) return 'impossible';
  const start = payload + GENERIC_HEADER_LENGTH;
  try {
    if (command === Command.SET_INFO)
      return ipvsCodec.decode('info', view, start, end).unknown === undefined ? 'possible' : 'impossible';
    const { service, destination, unknown } = ipvsCodec.decode('command', view, start, end);
    if (unknown !== undefined) return 'impossible';
    if (service === undefined && destination === undefined) return 'possible';
    const keyed =
      service === undefined ||
      service.mark !== undefined ||
      (service.protocol !== undefined && service.address !== undefined && service.port !== undefined);
    const known =
      service?.family === undefined || Object.values<number>(AddressFamily).includes(service.family);
    const placed =
      destination === undefined ||
      (destination.address?.length === ADDRESS_LENGTH && destination.port !== undefined);
    return keyed && known && placed ? 'certain' : 'impossible';
  } catch (error) {
    if (error instanceof DecodeError) return 'impossible';
    throw error;
  }
}
