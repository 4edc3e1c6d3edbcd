/** The name of the generic netlink family (`IPVS_GENL_NAME`). */
export const FAMILY_NAME = 'IPVS';
/** The family's version (`IPVS_GENL_VERSION`). */
export const FAMILY_VERSION = 1;

/**
 * Commands (`IPVS_CMD_*`). GET_SERVICE_DEST is not upstream: it is the single dump of every service
 * with its destinations, proposed in 2020.
 */
export const Command = {
  NEW_SERVICE: 1,
  SET_SERVICE: 2,
  DEL_SERVICE: 3,
  GET_SERVICE: 4,
  NEW_DEST: 5,
  SET_DEST: 6,
  DEL_DEST: 7,
  GET_DEST: 8,
  NEW_DAEMON: 9,
  DEL_DAEMON: 10,
  GET_DAEMON: 11,
  SET_CONFIG: 12,
  GET_CONFIG: 13,
  SET_INFO: 14,
  GET_INFO: 15,
  ZERO: 16,
  FLUSH: 17,
  GET_SERVICE_DEST: 18,
} as const;

/** Address families (`AF_*`). */
export const AddressFamily = { INET: 2, INET6: 10 } as const;

/** Service flags (`IP_VS_SVC_F_*`). */
export const ServiceFlag = {
  PERSISTENT: 1,
  /** Internal to the kernel: set in every dump. */
  HASHED: 2,
  ONE_PACKET: 4,
  SCHEDULER_1: 8,
  SCHEDULER_2: 16,
  SCHEDULER_3: 32,
} as const;

/** The bits of a service's flags that {@link ServiceFlag} names. */
export const NAMED_SERVICE_FLAGS: number = Object.values(ServiceFlag).reduce((bits, bit) => bits | bit, 0);

/** The bits of a destination's connection flags that hold the forwarding method (`IP_VS_CONN_F_FWD_MASK`). */
export const FORWARDING_MASK = 7;

/** Sync daemon states (`IP_VS_STATE_*`). */
export const DaemonState = { MASTER: 1, BACKUP: 2 } as const;

/** Maximum length of a scheduler name, in bytes without the NUL (`IP_VS_SCHEDNAME_MAXLEN`). */
export const MAX_SCHEDULER_NAME = 15;
/** Maximum length of the name of a persistence engine, in bytes without the NUL (`IP_VS_PENAME_MAXLEN`). */
export const MAX_PERSISTENCE_ENGINE_NAME = 15;
/** Maximum length of an interface name, in bytes without the NUL (`IP_VS_IFNAME_MAXLEN`). */
export const MAX_INTERFACE_NAME = 15;

/** Maximum port. */
export const MAX_PORT = 65535;

/** Maximum weight of a destination (an int in ip_vs_add_dest). */
export const MAX_WEIGHT = 0x7fffffff;
