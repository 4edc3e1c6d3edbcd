import type { Fields } from './field.ts';

/** Persistence: all connections of a client go to the same destination. */
export interface Persistence {
  /** Time after its last connection for which a client stays bound to its destination, in seconds. */
  readonly timeout: number;
  /** IPv4 only: netmask by which clients are grouped, such as `255.255.255.0`. Default: `255.255.255.255`. */
  readonly netmask?: string | null | undefined;
  /** IPv6 only: prefix length by which clients are grouped, 1-128. Default: 128. */
  readonly prefixLength?: number | null | undefined;
}

/** Persistence read from the kernel. */
export type ReportedPersistence =
  | { readonly timeout: number; readonly netmask: string; readonly prefixLength?: undefined }
  | { readonly timeout: number; readonly prefixLength: number; readonly netmask?: undefined };

/** Persistence in an update: the netmask or prefix length is required, null for its default. */
export type CompletePersistence =
  | ReportedPersistence
  | { readonly timeout: number; readonly netmask: null; readonly prefixLength?: undefined }
  | { readonly timeout: number; readonly prefixLength: null; readonly netmask?: undefined };

/** The kernel stores the timeout times HZ (at most 1000) in 32 bits, without a check. */
const MAX_PERSISTENCE_TIMEOUT: number = Math.floor(0xffffffff / 1000);

/** The default netmask of persistence: clients are not grouped. */
export const FULL_NETMASK = '255.255.255.255';
/** The default prefix length of persistence, for IPv6. */
export const FULL_PREFIX = 128;

/** The fields of a service's persistence. */
export const persistenceFields: Fields<keyof Persistence> = {
  timeout: {
    role: 'setting',
    accepts: { kind: 'integer', minimum: 0, maximum: MAX_PERSISTENCE_TIMEOUT },
    attribute: 'timeout',
    description: 'Seconds for which a client stays bound to its destination.',
    options: [
      {
        long: 'persistent',
        short: 'p',
        valueName: 'seconds',
        valueIfOmitted: 360,
        minimum: 1,
        // The maximum of ipvsadm: 31 days.
        maximum: 86400 * 31,
        help: 'clients stay with one server; 360 seconds by default',
      },
    ],
  },
  netmask: {
    role: 'setting',
    accepts: { kind: 'address', family: 'ipv4' },
    attribute: 'netmask',
    default: null,
    description: 'IPv4: netmask by which clients are grouped; default: 255.255.255.255.',
    options: [
      {
        long: 'netmask',
        short: 'M',
        valueName: 'mask',
        help: 'which clients count as one: a mask, or an IPv6 prefix length',
      },
    ],
  },
  prefixLength: {
    role: 'setting',
    accepts: { kind: 'integer', minimum: 1, maximum: FULL_PREFIX },
    attribute: 'netmask',
    default: null,
    description: 'IPv6: prefix length by which clients are grouped; default: 128.',
  },
};
