import type { AttributeValues, Message } from '../netlink/index.ts';
import { DecodeError, HOST_IS_LITTLE_ENDIAN } from '../netlink/index.ts';
import { addressText, hardwareAddress } from './address-text.ts';
import type { routeAttributes } from './attributes.ts';
import { ADDRESS_HEADER_LENGTH, attributesOffset, LINK_HEADER_LENGTH, routeCodec } from './attributes.ts';

/** A network interface (`RTM_NEWLINK`). */
export interface Link {
  /** Index of the interface in its network namespace. */
  readonly index: number;
  /** Name of the interface, such as `eth0`. */
  readonly name: string;
  /** Hardware type (`ARPHRD_*`): 1 Ethernet, 772 loopback. */
  readonly type: number;
  /** `IFF_*`: bit 0 is UP. */
  readonly flags: number;
  /** The MTU, in bytes. */
  readonly mtu: number | undefined;
  /** The hardware address as hexadecimal octets separated by colons. */
  readonly address: string | undefined;
  /** `IF_OPER_*`: 6 is up. */
  readonly operationalState: number | undefined;
  /** Index of the bridge, bond or other master device. */
  readonly master: number | undefined;
  /** Kind of a virtual interface (`IFLA_INFO_KIND`): `veth`, `dummy`, `bridge`. */
  readonly kind: string | undefined;
  /** All attributes, by name. */
  readonly attributes: AttributeValues<typeof routeAttributes, 'link'>;
}

/** An address of an interface (`RTM_NEWADDR`). */
export interface InterfaceAddress {
  /** See {@link RouteFamily}. */
  readonly family: number;
  /** The interface's index. */
  readonly index: number;
  /** The local address. */
  readonly address: string;
  /** Length of the network's prefix, in bits. */
  readonly prefixLength: number;
  /** The peer's address on a point-to-point interface. */
  readonly peer: string | undefined;
  /** The broadcast address, if there is one. */
  readonly broadcast: string | undefined;
  /** Label of an IPv4 address: the interface's name, possibly with an alias suffix such as `eth0:1`. */
  readonly label: string | undefined;
  /** `RT_SCOPE_*`: 0 everywhere, 253 this link, 254 this machine. */
  readonly scope: number;
  /** `IFA_F_*`. */
  readonly flags: number;
  /** All attributes, by name. */
  readonly attributes: AttributeValues<typeof routeAttributes, 'address'>;
}

/**
 * Decodes an RTM_NEWLINK message. Throws a {@link DecodeError}, also if there is no name; its path
 * starts with the link's index, such as `link 7`.
 */
export function decodeLink(message: Message): Link {
  const { payloadOffset, view } = message;
  const start = attributesOffset(message, LINK_HEADER_LENGTH);
  const index = view.data.getInt32(payloadOffset + 4, HOST_IS_LITTLE_ENDIAN);
  const attributes = routeCodec.decode('link', view, start, message.end, `link ${index}`);
  if (attributes.name === undefined) throw new DecodeError('is missing', payloadOffset, `link ${index}.name`);
  return {
    index,
    name: attributes.name,
    type: view.data.getUint16(payloadOffset + 2, HOST_IS_LITTLE_ENDIAN),
    flags: view.data.getUint32(payloadOffset + 8, HOST_IS_LITTLE_ENDIAN),
    mtu: attributes.mtu,
    address: attributes.address === undefined ? undefined : hardwareAddress(attributes.address),
    operationalState: attributes.operationalState,
    master: attributes.master,
    kind: attributes.information?.kind,
    attributes,
  };
}

/** Decodes an RTM_NEWADDR message. Throws a {@link DecodeError}, also if there is no address. */
export function decodeInterfaceAddress(message: Message): InterfaceAddress {
  const { payloadOffset, view } = message;
  const { bytes, data } = view;
  const attributes = routeCodec.decode(
    'address',
    view,
    attributesOffset(message, ADDRESS_HEADER_LENGTH),
    message.end,
  );
  const family = bytes[payloadOffset]!;
  const address = addressText(family, attributes.local ?? attributes.address);
  if (address === undefined) throw new DecodeError('is missing', payloadOffset, 'address.address');
  const peer = addressText(family, attributes.address);
  return {
    family,
    index: data.getUint32(payloadOffset + 4, HOST_IS_LITTLE_ENDIAN),
    address,
    prefixLength: bytes[payloadOffset + 1]!,
    peer: peer === address ? undefined : peer,
    broadcast: addressText(family, attributes.broadcast),
    label: attributes.label,
    scope: bytes[payloadOffset + 3]!,
    flags: attributes.flags ?? bytes[payloadOffset + 2]!,
    attributes,
  };
}
