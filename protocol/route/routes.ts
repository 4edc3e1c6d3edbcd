import type { AttributeValues, ByteView, Message } from '../netlink/index.ts';
import { align, DecodeError, HOST_IS_LITTLE_ENDIAN, walkAttributes } from '../netlink/index.ts';
import { addressText } from './address-text.ts';
import type { routeAttributes } from './attributes.ts';
import {
  attributesOffset,
  ROUTE_HEADER_LENGTH,
  RouteFamily,
  routeCodec,
  routeAttributes as sets,
} from './attributes.ts';

/** Where a route or next hop sends packets: to a gateway, or directly out of an interface. */
interface Hop {
  /** Index of the output interface. */
  readonly outputInterface: number | undefined;
  /**
   * The gateway's address, possibly of another family than the route (RTA_VIA); see {@link gatewayFamily}.
   */
  readonly gateway: string | undefined;
  /** The family of the gateway, see {@link RouteFamily}. */
  readonly gatewayFamily: number | undefined;
  /** The labels that replace the destination of an MPLS route, such as `200/300`. */
  readonly newDestination: string | undefined;
}

/** One of several next hops of a route (`struct rtnexthop` of RTA_MULTIPATH). */
export interface NextHop extends Hop {
  /**
   * The weight, 1 to 256 (`rtnh_hops` + 1). `undefined` for the output interfaces of a multicast route, each
   * of which gets every packet.
   */
  readonly weight: number | undefined;
  /** TTL threshold of an output interface of a multicast route: packets need a greater time to live. */
  readonly ttlThreshold: number | undefined;
  /** `RTNH_F_*`: 1 dead, 4 on-link, 16 link down. */
  readonly flags: number;
  /** All attributes, by name. */
  readonly attributes: AttributeValues<typeof routeAttributes, 'route'>;
}

/** A route (`RTM_NEWROUTE`). */
export interface Route extends Hop {
  /** See {@link RouteFamily}. */
  readonly family: number;
  /**
   * The destination prefix, or the label of an MPLS route, such as `100`; `undefined` for the default route.
   */
  readonly destination: string | undefined;
  /** Length of the destination's prefix, in bits. */
  readonly prefixLength: number;
  /** Source prefix of a multicast route, or of a source-specific route. */
  readonly source: string | undefined;
  /** Length of the source prefix, in bits; 0 for any source. */
  readonly sourcePrefixLength: number;
  /** Index of the input interface of a multicast route. */
  readonly inputInterface: number | undefined;
  /** The next hops of a multipath route (RTA_MULTIPATH); otherwise empty. */
  readonly nextHops: readonly NextHop[];
  /** Id of the next hop object that the route refers to (`ip nexthop`). */
  readonly nextHopId: number | undefined;
  /** The preferred source address of packets from this machine. */
  readonly preferredSource: string | undefined;
  /** The metric: of several matching routes the one with the lowest is used. Default: 0. */
  readonly priority: number;
  /** Routing table: 254 is main, 255 local. */
  readonly table: number;
  /** Origin of the route (`RTPROT_*`): 2 kernel, 3 boot, 4 static. */
  readonly protocol: number;
  /** `RT_SCOPE_*`: 0 everywhere, 253 this link, 254 this machine. */
  readonly scope: number;
  /** `RTN_*`: 1 unicast, 2 local, 3 broadcast, 5 multicast. */
  readonly type: number;
  /** `RTM_F_*` and `RTNH_F_*`. */
  readonly flags: number;
  /** All attributes, by name. */
  readonly attributes: AttributeValues<typeof routeAttributes, 'route'>;
}

/** Length of `struct rtnexthop`, in bytes. */
const NEXT_HOP_LENGTH = 8;
/** Length of the family at the start of `struct rtvia`, in bytes. */
const VIA_FAMILY_LENGTH = 2;
const MULTIPATH: number = sets.route.multipath[0];
const PATH = 'route.multipath';

/** Decodes an RTM_NEWROUTE message. Throws a {@link DecodeError}. */
export function decodeRoute(message: Message): Route {
  const { payloadOffset, view, end } = message;
  const { bytes, data } = view;
  const start = attributesOffset(message, ROUTE_HEADER_LENGTH);
  const attributes = routeCodec.decode('route', view, start, end);
  const family = bytes[payloadOffset]!;
  return {
    family,
    destination: addressText(family, attributes.destination),
    prefixLength: bytes[payloadOffset + 1]!,
    source: addressText(family, attributes.source),
    sourcePrefixLength: bytes[payloadOffset + 2]!,
    inputInterface: attributes.inputInterface,
    ...hopOf(attributes, family),
    outputInterface: attributes.outputInterface,
    nextHops: attributes.multipath === undefined ? [] : decodeNextHops(view, start, end, family),
    nextHopId: attributes.nextHopId,
    preferredSource: addressText(family, attributes.preferredSource),
    priority: attributes.priority ?? 0,
    table: attributes.table ?? bytes[payloadOffset + 4]!,
    protocol: bytes[payloadOffset + 5]!,
    scope: bytes[payloadOffset + 6]!,
    type: bytes[payloadOffset + 7]!,
    flags: data.getUint32(payloadOffset + 8, HOST_IS_LITTLE_ENDIAN),
    attributes,
  };
}

function hopOf(
  { gateway, via, newDestination }: AttributeValues<typeof routeAttributes, 'route'>,
  family: number,
): Omit<Hop, 'outputInterface'> {
  const newLabels = addressText(family, newDestination);
  if (via !== undefined && via.length > VIA_FAMILY_LENGTH) {
    const gatewayFamily = new DataView(via.buffer, via.byteOffset).getUint16(0, HOST_IS_LITTLE_ENDIAN);
    const text = addressText(gatewayFamily, via.subarray(VIA_FAMILY_LENGTH));
    return { gateway: text, gatewayFamily, newDestination: newLabels };
  }
  const gatewayFamily = gateway === undefined ? undefined : family;
  return { gateway: addressText(family, gateway), gatewayFamily, newDestination: newLabels };
}

/**
 * Decodes the next hops in the last RTA_MULTIPATH of the attributes from `start` to `end` (`RTNH_OK`,
 * `RTNH_NEXT`).
 */
function decodeNextHops(view: ByteView, start: number, end: number, family: number): NextHop[] {
  let nextHops: NextHop[] = [];
  walkAttributes(view, start, end, 'route', (type, _raw, from, to) => {
    if (type !== MULTIPATH) return;
    nextHops = [];
    for (let at = from; at < to; ) {
      const length = to - at < NEXT_HOP_LENGTH ? 0 : view.data.getUint16(at, HOST_IS_LITTLE_ENDIAN);
      if (length < NEXT_HOP_LENGTH || length > to - at)
        throw new DecodeError(`a next hop of ${length} bytes does not fit ${to - at}`, at, PATH);
      nextHops.push(decodeNextHop(view, at, at + length, family, `${PATH}[${nextHops.length}]`));
      at += align(length);
    }
  });
  return nextHops;
}

function decodeNextHop(view: ByteView, start: number, end: number, family: number, path: string): NextHop {
  const attributes = routeCodec.decode('route', view, start + NEXT_HOP_LENGTH, end, path);
  const hops = view.bytes[start + 3]!;
  const isMulticast = family === RouteFamily.IPV4_MULTICAST || family === RouteFamily.IPV6_MULTICAST;
  const index = view.data.getInt32(start + 4, HOST_IS_LITTLE_ENDIAN);
  return {
    outputInterface: index === 0 ? undefined : index,
    ...hopOf(attributes, family),
    weight: isMulticast ? undefined : hops + 1,
    ttlThreshold: isMulticast ? hops : undefined,
    flags: view.bytes[start + 2]!,
    attributes,
  };
}
