import type { Fields } from './field.ts';

/** Persistence: connections of one client stay with one destination. */
export interface Persistence {
  /** How long after its last connection a client is remembered, in seconds. */
  readonly timeout: number;
  /** IPv4 only: the clients that count as one, such as `255.255.255.0`; each one alone by default. */
  readonly netmask?: string | null | undefined;
  /** IPv6 only: the same as a prefix length, 1-128; 128 by default. */
  readonly prefixLength?: number | null | undefined;
}

/** Persistence as the kernel reports it. */
export type ReadPersistence =
  | { readonly timeout: number; readonly netmask: string; readonly prefixLength?: undefined }
  | { readonly timeout: number; readonly prefixLength: number; readonly netmask?: undefined };

/** Persistence as an update names it: null in place of a netmask or prefix length for each client alone. */
export type WholePersistence =
  | ReadPersistence
  | { readonly timeout: number; readonly netmask: null; readonly prefixLength?: undefined }
  | { readonly timeout: number; readonly prefixLength: null; readonly netmask?: undefined };

/** The kernel keeps the timeout times HZ (at most 1000) in 32 bits, unchecked. */
const MAX_PERSISTENCE_TIMEOUT: number = Math.floor(0xffffffff / 1000);

/** The netmask of persistence, IPv4, that makes each client count by itself. */
export const FULL_NETMASK = '255.255.255.255';
/** The same as a prefix length, for IPv6. */
export const FULL_PREFIX = 128;

/** The fields of a service's persistence. */
export const persistenceFields: Fields<keyof Persistence> = {
  timeout: {
    role: 'setting',
    value: { kind: 'integer', minimum: 0, maximum: MAX_PERSISTENCE_TIMEOUT },
    attribute: 'timeout',
    description: 'Seconds for which a client is remembered.',
    options: [
      {
        long: 'persistent',
        short: 'p',
        value: 'seconds',
        without: 360,
        minimum: 1,
        // The maximum of ipvsadm: 31 days.
        maximum: 86400 * 31,
        help: 'clients stay with one server; 360 seconds by default',
      },
    ],
  },
  netmask: {
    role: 'setting',
    value: { kind: 'address', family: 'ipv4' },
    attribute: 'netmask',
    default: null,
    description: 'IPv4: the clients that count as one; default: 255.255.255.255.',
    options: [
      {
        long: 'netmask',
        short: 'M',
        value: 'mask',
        help: 'which clients count as one: a mask, or an IPv6 prefix length',
      },
    ],
  },
  prefixLength: {
    role: 'setting',
    value: { kind: 'integer', minimum: 1, maximum: FULL_PREFIX },
    attribute: 'netmask',
    default: null,
    description: 'IPv6: the same as a prefix length; default: 128.',
  },
};
