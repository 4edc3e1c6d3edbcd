import type { Fields } from './field.ts';

/**
 * Connection timeouts, in seconds; absent if the kernel lacks the protocol. In a request 0 means unchanged.
 */
export interface Timeouts {
  /** Timeout of established TCP connections, in seconds. */
  readonly tcp?: number | undefined;
  /** Timeout of TCP connections after a FIN, in seconds. */
  readonly tcpFin?: number | undefined;
  /** Timeout of UDP connections, in seconds. */
  readonly udp?: number | undefined;
}

/** The kernel also rejects a timeout that, times HZ, exceeds a signed int (ip_vs_set_timeout). */
const MAX_TIMEOUT = 0x7fffffff;
const seconds = { kind: 'integer', minimum: 0, maximum: MAX_TIMEOUT } as const;

/** Every timeout. In a request an absent timeout, and 0, means unchanged. */
export const timeoutFields: Fields<keyof Timeouts> = {
  tcp: { role: 'setting', accepts: seconds, attribute: 'timeoutTcp', default: 0, kernelChoosesIf: 0 },
  tcpFin: {
    role: 'setting',
    accepts: seconds,
    attribute: 'timeoutTcpFin',
    default: 0,
    kernelChoosesIf: 0,
    description: 'Timeout of TCP connections after a FIN.',
  },
  udp: { role: 'setting', accepts: seconds, attribute: 'timeoutUdp', default: 0, kernelChoosesIf: 0 },
};
