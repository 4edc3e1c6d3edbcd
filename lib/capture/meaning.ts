import {
  CONTROLLER_ID,
  controllerCodec,
  genericCommand,
  genericPayload,
} from '../../protocol/genetlink/index.ts';
import { AddressFamily, Command, FAMILY_NAME, formatAddress, ipvsCodec } from '../../protocol/ipvs/index.ts';
import { DecodeError, type Message, MessageFlag } from '../../protocol/netlink/index.ts';
import type { FamilyNames } from '../describe/families.ts';
import { hexadecimal } from '../describe/hexadecimal.ts';

type IpvsValues = ReturnType<typeof ipvsCodec.decode<'command'>>;

/**
 * The meaning of a request to a generic netlink family, as text that is the same for equivalent requests:
 * command, whether it is a dump, and its object. Sequence, port, other flags, the order of attributes and
 * what does not identify its object play no part.
 */
export function requestMeaning(message: Message, families: FamilyNames): string {
  const { type, flags, view, end } = message;
  const family = families.get(type) ?? `family ${type}`;
  try {
    const kind = (flags & MessageFlag.DUMP) === MessageFlag.DUMP ? 'dump' : 'do';
    const start = genericPayload(message);
    const head = `${family} ${genericCommand(message)} ${kind}`;
    if (family === FAMILY_NAME) return `${head} ${ipvsKey(ipvsCodec.decode('command', view, start, end))}`;
    if (type === CONTROLLER_ID) {
      const { id, name } = controllerCodec.decode('family', view, start, end);
      return `${head} ${JSON.stringify({ id, name })}`;
    }
    return `${head} ${hexadecimal(view.bytes.subarray(start, end))}`;
  } catch (error) {
    if (error instanceof DecodeError)
      return `${family} ${hexadecimal(view.bytes.subarray(message.payload, end))}`;
    throw error;
  }
}

/** The {@link requestMeaning} of an IPVS request about nothing in particular. */
export function ipvsMeaning(command: number, kind: 'do' | 'dump'): string {
  return `${FAMILY_NAME} ${command} ${kind} ${ipvsKey({})}`;
}

/** The {@link requestMeaning} of asking for the one service that a NEW_SERVICE reply shows. */
export function serviceLookupMeaning(reply: Message): string {
  const { service } = ipvsCodec.decode('command', reply.view, genericPayload(reply), reply.end);
  return `${FAMILY_NAME} ${Command.GET_SERVICE} do ${ipvsKey({ service })}`;
}

function ipvsKey(values: IpvsValues): string {
  const { service, destination, daemon } = values;
  return JSON.stringify({
    service: service && {
      family: service.family,
      mark: service.mark,
      ...(service.mark === undefined
        ? {
            protocol: service.protocol,
            address: service.address && addressText(service.family, service.address),
            port: service.port,
          }
        : {}),
    },
    // Without a family of its own a destination has its service's.
    destination: destination && {
      address: destination.address && addressText(destination.family ?? service?.family, destination.address),
      port: destination.port,
    },
    daemon: daemon && { state: daemon.state, syncId: daemon.syncId },
  });
}

function addressText(family: number | undefined, bytes: Uint8Array): string {
  return formatAddress(family === AddressFamily.INET6 ? 'ipv6' : 'ipv4', bytes);
}
