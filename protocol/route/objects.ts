import type { AttributeValues, Message } from '../netlink/index.ts';
import { DecodeError, formatIPv4, formatIPv6, LITTLE_ENDIAN } from '../netlink/index.ts';
import type { routeAttributes } from './attributes.ts';
import { ADDRESS_HEADER_LENGTH, LINK_HEADER_LENGTH, ROUTE_HEADER_LENGTH, routeCodec } from './attributes.ts';

/** Address families of NETLINK_ROUTE (`AF_*`); 0 asks for all. */
export const AddressFamily = { UNSPECIFIED: 0, IPV4: 2, IPV6: 10 } as const;

/** A network interface (`RTM_NEWLINK`). */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** Hardware type (`ARPHRD_*`): 1 Ethernet, 772 loopback. */
  readonly type: number;
  /** `IFF_*`: bit 0 is UP. */
  readonly flags: number;
  /** The largest payload, in bytes. */
  readonly mtu: number | undefined;
  /** The hardware address as hexadecimal octets between colons. */
  readonly address: string | undefined;
  /** `IF_OPER_*`: 6 is up. */
  readonly operationalState: number | undefined;
  /** Index of the bridge, bond or the like that it belongs to. */
  readonly master: number | undefined;
  /** What it is where it is virtual: `veth`, `dummy`, `bridge`. */
  readonly kind: string | undefined;
  /** Everything that was said, by attribute. */
  readonly attributes: AttributeValues<typeof routeAttributes, 'link'>;
}

/** An address of an interface (`RTM_NEWADDR`). */
export interface InterfaceAddress {
  /** See {@link AddressFamily}. */
  readonly family: number;
  /** The interface's index. */
  readonly index: number;
  /** Our own address. */
  readonly address: string;
  readonly prefixLength: number;
  /** The other end, on a point-to-point interface. */
  readonly peer: string | undefined;
  readonly broadcast: string | undefined;
  readonly label: string | undefined;
  /** `RT_SCOPE_*`: 0 everywhere, 253 this link, 254 this machine. */
  readonly scope: number;
  /** `IFA_F_*`. */
  readonly flags: number;
  readonly attributes: AttributeValues<typeof routeAttributes, 'address'>;
}

/** A route (`RTM_NEWROUTE`). */
export interface Route {
  readonly family: number;
  /** `undefined` is everything: the default route. */
  readonly destination: string | undefined;
  readonly prefixLength: number;
  readonly gateway: string | undefined;
  /** Index of the interface that it leaves through. */
  readonly outputInterface: number | undefined;
  readonly preferredSource: string | undefined;
  /** Lower goes first; 0 unless set. */
  readonly priority: number;
  /** 254 is main, 255 local. */
  readonly table: number;
  /** Who made it (`RTPROT_*`): 2 kernel, 3 boot, 4 static. */
  readonly protocol: number;
  readonly scope: number;
  /** `RTN_*`: 1 unicast, 2 local, 3 broadcast. */
  readonly type: number;
  /** `RTM_F_*` and `RTNH_F_*`. */
  readonly flags: number;
  readonly attributes: AttributeValues<typeof routeAttributes, 'route'>;
}

/** Decodes an RTM_NEWLINK message. Throws a {@link DecodeError}, also for one without a name. */
export function decodeLink(message: Message): Link {
  const { payload, view } = message;
  const attributes = routeCodec.decode('link', view, bodyOf(message, LINK_HEADER_LENGTH), message.end);
  if (attributes.name === undefined) throw new DecodeError('is missing', payload, 'link.name');
  return {
    index: view.data.getInt32(payload + 4, LITTLE_ENDIAN),
    name: attributes.name,
    type: view.data.getUint16(payload + 2, LITTLE_ENDIAN),
    flags: view.data.getUint32(payload + 8, LITTLE_ENDIAN),
    mtu: attributes.mtu,
    address: attributes.address === undefined ? undefined : hardwareAddress(attributes.address),
    operationalState: attributes.operationalState,
    master: attributes.master,
    kind: attributes.information?.kind,
    attributes,
  };
}

/** Decodes an RTM_NEWADDR message. Throws a {@link DecodeError}, also for one without an address. */
export function decodeInterfaceAddress(message: Message): InterfaceAddress {
  const { payload, view } = message;
  const { bytes, data } = view;
  const attributes = routeCodec.decode('address', view, bodyOf(message, ADDRESS_HEADER_LENGTH), message.end);
  const family = bytes[payload]!;
  const address = text(family, attributes.local ?? attributes.address);
  if (address === undefined) throw new DecodeError('is missing', payload, 'address.address');
  const peer = text(family, attributes.address);
  return {
    family,
    index: data.getUint32(payload + 4, LITTLE_ENDIAN),
    address,
    prefixLength: bytes[payload + 1]!,
    peer: peer === address ? undefined : peer,
    broadcast: text(family, attributes.broadcast),
    label: attributes.label,
    scope: bytes[payload + 3]!,
    flags: attributes.flags ?? bytes[payload + 2]!,
    attributes,
  };
}

/** Decodes an RTM_NEWROUTE message. Throws a {@link DecodeError}. */
export function decodeRoute(message: Message): Route {
  const { payload, view } = message;
  const { bytes, data } = view;
  const attributes = routeCodec.decode('route', view, bodyOf(message, ROUTE_HEADER_LENGTH), message.end);
  const family = bytes[payload]!;
  return {
    family,
    destination: text(family, attributes.destination),
    prefixLength: bytes[payload + 1]!,
    gateway: text(family, attributes.gateway),
    outputInterface: attributes.outputInterface,
    preferredSource: text(family, attributes.preferredSource),
    priority: attributes.priority ?? 0,
    table: attributes.table ?? bytes[payload + 4]!,
    protocol: bytes[payload + 5]!,
    scope: bytes[payload + 6]!,
    type: bytes[payload + 7]!,
    flags: data.getUint32(payload + 8, LITTLE_ENDIAN),
    attributes,
  };
}

function bodyOf(message: Message, headerLength: number): number {
  const start = message.payload + headerLength;
  if (start > message.end) throw new DecodeError('the family header is cut off', message.payload);
  return start;
}

function text(family: number, bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  if (family === AddressFamily.IPV4 && bytes.length === 4) return formatIPv4(bytes, 0);
  if (family === AddressFamily.IPV6 && bytes.length === 16) return formatIPv6(bytes, 0);
  return hardwareAddress(bytes);
}

function hardwareAddress(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
