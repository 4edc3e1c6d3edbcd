import type { Message } from '../netlink/index.ts';
import { AttributeCodec, DecodeError } from '../netlink/index.ts';

/** Address families of NETLINK_ROUTE (`AF_*`, `RTNL_FAMILY_*`); 0 selects all of them. */
export const RouteFamily = {
  UNSPECIFIED: 0,
  IPV4: 2,
  IPV6: 10,
  /** Hardware addresses, as of gateways of MPLS routes. */
  PACKET: 17,
  MPLS: 28,
  /** Multicast routes of IPv4 (`RTNL_FAMILY_IPMR`). */
  IPV4_MULTICAST: 128,
  /** Multicast routes of IPv6 (`RTNL_FAMILY_IP6MR`). */
  IPV6_MULTICAST: 129,
} as const;

/** Messages of NETLINK_ROUTE (`RTM_*`). */
export const RouteMessage = {
  NEW_LINK: 16,
  GET_LINK: 18,
  NEW_ADDRESS: 20,
  GET_ADDRESS: 22,
  NEW_ROUTE: 24,
  GET_ROUTE: 26,
} as const;

/** Length of `struct ifinfomsg`, in bytes. */
export const LINK_HEADER_LENGTH = 16;
/** Length of `struct ifaddrmsg`, in bytes. */
export const ADDRESS_HEADER_LENGTH = 8;
/** Length of `struct rtmsg`, in bytes. */
export const ROUTE_HEADER_LENGTH = 12;

/** Attribute sets of NETLINK_ROUTE: `IFLA_*`, `IFA_*`, `RTA_*`. Other attributes are decoded as unknown. */
export const routeAttributes = {
  link: {
    address: [1, 'bytes'],
    broadcast: [2, 'bytes'],
    name: [3, 'string'],
    mtu: [4, 'u32'],
    parent: [5, 'u32'],
    queueDiscipline: [6, 'string'],
    master: [10, 'u32'],
    transmitQueueLength: [13, 'u32'],
    operationalState: [16, 'u8'],
    linkMode: [17, 'u8'],
    information: [18, 'nest', 'linkInformation'],
    group: [27, 'u32'],
  },
  linkInformation: { kind: [1, 'string'], data: [2, 'bytes'] },
  address: {
    address: [1, 'bytes'],
    local: [2, 'bytes'],
    label: [3, 'string'],
    broadcast: [4, 'bytes'],
    flags: [8, 'u32'],
  },
  route: {
    destination: [1, 'bytes'],
    source: [2, 'bytes'],
    inputInterface: [3, 'u32'],
    outputInterface: [4, 'u32'],
    gateway: [5, 'bytes'],
    priority: [6, 'u32'],
    preferredSource: [7, 'bytes'],
    metrics: [8, 'nest', 'routeMetrics'],
    /** An array of `struct rtnexthop`, each followed by attributes of this set; see `Route.nextHops`. */
    multipath: [9, 'bytes'],
    flow: [11, 'u32'],
    /** `struct rta_cacheinfo`. */
    cacheInformation: [12, 'bytes'],
    table: [15, 'u32'],
    mark: [16, 'u32'],
    /** `struct rta_mfc_stats`. */
    multicastStatistics: [17, 'bytes'],
    /** `struct rtvia`: a gateway of another family; see `Route.gateway`. */
    via: [18, 'bytes'],
    /** The labels that replace the destination of an MPLS route. */
    newDestination: [19, 'bytes'],
    preference: [20, 'u8'],
    encapsulationType: [21, 'u16'],
    /** A nest whose attributes depend on the type. */
    encapsulation: [22, 'bytes'],
    /** Seconds in IPv6 requests, clock ticks in multicast routes. */
    expires: [23, 'uint'],
    padding: [24, 'padding'],
    userId: [25, 'u32'],
    propagatesTimeToLive: [26, 'u8'],
    transportProtocol: [27, 'u8'],
    sourcePort: [28, 'u16be'],
    destinationPort: [29, 'u16be'],
    nextHopId: [30, 'u32'],
  },
  routeMetrics: {
    lock: [1, 'u32'],
    mtu: [2, 'u32'],
    window: [3, 'u32'],
    roundTripTime: [4, 'u32'],
    roundTripTimeVariation: [5, 'u32'],
    slowStartThreshold: [6, 'u32'],
    congestionWindow: [7, 'u32'],
    advertisedSegmentSize: [8, 'u32'],
    reordering: [9, 'u32'],
    hopLimit: [10, 'u32'],
    initialCongestionWindow: [11, 'u32'],
    features: [12, 'u32'],
    minimumRetransmissionTimeout: [13, 'u32'],
    initialReceiveWindow: [14, 'u32'],
    quickAck: [15, 'u32'],
    congestionControl: [16, 'string'],
    fastOpenWithoutCookie: [17, 'u32'],
  },
} as const;

/** Encodes and decodes the attributes of links, addresses and routes. */
export const routeCodec: AttributeCodec<typeof routeAttributes> = new AttributeCodec(routeAttributes);

/**
 * Returns the offset of the attributes after a family header of `length` bytes. Throws a {@link DecodeError}.
 */
export function attributesOffset(message: Message, length: number): number {
  const start = message.payloadOffset + length;
  if (start > message.end) throw new DecodeError('the family header is truncated', message.payloadOffset);
  return start;
}
