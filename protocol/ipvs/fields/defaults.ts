/** The settings of a destination that leaves them out; the forwarding method has no default. */
export const DESTINATION_DEFAULTS = {
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
} as const;

/** The netmask of persistence, IPv4, that makes each client count by itself. */
export const WHOLE_NETMASK = '255.255.255.255';
/** The same as a prefix length, for IPv6. */
export const WHOLE_PREFIX = 128;
