import { AttributeCodec } from '../netlink/index.ts';

/** Messages of NETLINK_ROUTE (`RTM_*`). */
export const RouteMessage = {
  NEW_LINK: 16,
  GET_LINK: 18,
  NEW_ADDRESS: 20,
  GET_ADDRESS: 22,
  NEW_ROUTE: 24,
  GET_ROUTE: 26,
} as const;

/** Lengths of the fixed headers: `struct ifinfomsg`, `struct ifaddrmsg`, `struct rtmsg`; bytes. */
export const LINK_HEADER_LENGTH = 16;
export const ADDRESS_HEADER_LENGTH = 8;
export const ROUTE_HEADER_LENGTH = 12;

/** Attribute sets of NETLINK_ROUTE: `IFLA_*`, `IFA_*`, `RTA_*`. What is not in them is kept as unknown. */
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
    table: [15, 'u32'],
  },
} as const;

/** Encodes and decodes the attributes of links, addresses and routes. */
export const routeCodec: AttributeCodec<typeof routeAttributes> = new AttributeCodec(routeAttributes);
