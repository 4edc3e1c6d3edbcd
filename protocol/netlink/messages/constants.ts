/** Length of a message header (`struct nlmsghdr`), in bytes. */
export const HEADER_LENGTH = 16;
/** Length of an attribute header (`struct nlattr`), in bytes. */
export const ATTRIBUTE_HEADER_LENGTH = 4;
/** Maximum length of an attribute, header included, in bytes: its length field has 16 bits. */
export const MAX_ATTRIBUTE_LENGTH = 65535;

/** Message types below 16 belong to netlink itself (`NLMSG_*`). */
export const MessageType = {
  NOOP: 1,
  ERROR: 2,
  DONE: 3,
  OVERRUN: 4,
  /** The first type that a family may use. */
  MIN: 16,
} as const;

/**
 * Header flags (`NLM_F_*`). The bits from 0x100 up have different meanings in GET requests, NEW requests, DELETE
 * requests and acks.
 */
export const MessageFlag = {
  REQUEST: 0x01,
  MULTI: 0x02,
  ACK: 0x04,
  ECHO: 0x08,
  DUMP_INTR: 0x10,
  DUMP_FILTERED: 0x20,
  ROOT: 0x100,
  MATCH: 0x200,
  DUMP: 0x300,
  /** On a NEW request: replace an existing object. */
  REPLACE: 0x100,
  /** On a NEW request: fail if the object exists. */
  EXCL: 0x200,
  /** On a NEW request: create the object if it does not exist. */
  CREATE: 0x400,
  /** On a NEW request: append to the list of objects. */
  APPEND: 0x800,
  /** On an NLMSG_ERROR: only the header of the request is echoed. */
  CAPPED: 0x100,
  /** On NLMSG_ERROR and NLMSG_DONE: extended-ack attributes follow. */
  ACK_TLVS: 0x200,
} as const;

/** Netlink protocol numbers (`NETLINK_*` of linux/netlink.h), the third argument of socket(2). */
export const NetlinkProtocol = {
  ROUTE: 0,
  USERSOCK: 2,
  /** Formerly ip_queue; unused since Linux 3.5. */
  FIREWALL: 3,
  /** Formerly INET_DIAG. */
  SOCK_DIAG: 4,
  NFLOG: 5,
  XFRM: 6,
  SELINUX: 7,
  ISCSI: 8,
  AUDIT: 9,
  FIB_LOOKUP: 10,
  CONNECTOR: 11,
  NETFILTER: 12,
  IP6_FW: 13,
  DNRTMSG: 14,
  KOBJECT_UEVENT: 15,
  GENERIC: 16,
  SCSITRANSPORT: 18,
  ECRYPTFS: 19,
  RDMA: 20,
  CRYPTO: 21,
  SMC: 22,
} as const;

/** Flag in an attribute's type: the attribute holds nested attributes (`NLA_F_NESTED`). */
export const NESTED = 0x8000;
const NETWORK_ORDER = 0x4000;
/** The bits of an attribute's type without the NESTED and NET_BYTEORDER flags (`NLA_TYPE_MASK`). */
export const ATTRIBUTE_TYPE_MASK: number = 0xffff & ~(NESTED | NETWORK_ORDER);

/** Whether this machine is little-endian; netlink messages use host byte order. */
export const HOST_IS_LITTLE_ENDIAN: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Rounds up to the 4-byte alignment of messages and attributes (`NLMSG_ALIGN`, `NLA_ALIGN`). */
export function align(length: number): number {
  return (length + 3) & ~3;
}
