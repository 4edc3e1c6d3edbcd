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
 * Returns a key that is equal for equivalent requests to a generic netlink family: it consists of the family, the
 * command, whether it is a dump, and the identity of what is requested: a service, destination or sync daemon of IPVS,
 * or a family at nlctrl. Sequence number, port id, other flags, and other attributes and their order do not matter. For
 * other families, all attributes are compared as bytes.
 */
export function requestKey(message: Message, families: FamilyNames): string {
  const { type, flags, view, end } = message;
  const family = families.get(type) ?? `family ${type}`;
  try {
    const kind = (flags & MessageFlag.DUMP) === MessageFlag.DUMP ? 'dump' : 'do';
    const start = genericPayload(message);
    const prefix = `${family} ${genericCommand(message)} ${kind}`;
    if (family === FAMILY_NAME) return `${prefix} ${ipvsKey(ipvsCodec.decode('command', view, start, end))}`;
    if (type === CONTROLLER_ID) {
      const { id, name } = controllerCodec.decode('family', view, start, end);
      return `${prefix} ${JSON.stringify({ id, name })}`;
    }
    return `${prefix} ${hexadecimal(view.bytes.subarray(start, end))}`;
  } catch (error) {
    if (error instanceof DecodeError)
      return `${family} ${hexadecimal(view.bytes.subarray(message.payloadOffset, end))}`;
    throw error;
  }
}

/** Returns the {@link requestKey} of an IPVS request that names no service, destination or daemon. */
export function ipvsRequestKey(command: number, kind: 'do' | 'dump'): string {
  return `${FAMILY_NAME} ${command} ${kind} ${ipvsKey({})}`;
}

/** Returns the {@link requestKey} of the GET_SERVICE request for the service in a NEW_SERVICE reply. */
export function serviceRequestKey(reply: Message): string {
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
    // A destination without a family attribute has that of its service.
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
