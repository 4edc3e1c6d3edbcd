import { CONTROLLER_NAME, ControllerCommand, controllerCodec } from '../../protocol/genetlink/index.ts';
import { NetlinkProtocol } from '../../protocol/netlink/index.ts';
import {
  ADDRESS_HEADER_LENGTH,
  addressText,
  hardwareAddress,
  LINK_HEADER_LENGTH,
  ROUTE_HEADER_LENGTH,
  RouteMessage,
  routeCodec,
} from '../../protocol/route/index.ts';
import type { FamilySpec } from './family-spec.ts';

/** The messages and attributes of nlctrl. */
export const controllerSpec: FamilySpec = {
  family: CONTROLLER_NAME,
  commands: ControllerCommand,
  codec: controllerCodec,
  attributeSet: () => 'family',
};

const ROUTE_SETS: readonly (readonly [types: readonly number[], set: string, headerLength: number])[] = [
  [[RouteMessage.NEW_LINK, RouteMessage.GET_LINK], 'link', LINK_HEADER_LENGTH],
  [[RouteMessage.NEW_ADDRESS, RouteMessage.GET_ADDRESS], 'address', ADDRESS_HEADER_LENGTH],
  [[RouteMessage.NEW_ROUTE, RouteMessage.GET_ROUTE], 'route', ROUTE_HEADER_LENGTH],
];

const routeSet = (type: number): (typeof ROUTE_SETS)[number] | undefined =>
  ROUTE_SETS.find(([types]) => types.includes(type));

/** Attributes that contain an address of the message's address family. */
const ADDRESSES: ReadonlySet<string> = new Set([
  'address.address',
  'address.local',
  'address.broadcast',
  'route.destination',
  'route.source',
  'route.gateway',
  'route.preferredSource',
  'route.newDestination',
]);

/** The messages and attributes of links, addresses and routes (NETLINK_ROUTE). */
export const routeSpec: FamilySpec = {
  family: NetlinkProtocol.ROUTE,
  name: 'ROUTE',
  commands: RouteMessage,
  codec: routeCodec,
  attributeSet: (type) => routeSet(type)?.[1],
  headerLength: (type) => routeSet(type)?.[2] ?? 0,
  addressFamily: ([family]) => family ?? 0,
  formatValue: (set, name, value, addressFamily) => {
    if (!(value instanceof Uint8Array)) return undefined;
    if (ADDRESSES.has(`${set}.${name}`)) return addressText(addressFamily ?? 0, value);
    return set === 'link' && (name === 'address' || name === 'broadcast')
      ? hardwareAddress(value)
      : undefined;
  },
};
