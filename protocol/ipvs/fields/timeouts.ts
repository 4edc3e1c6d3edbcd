import type { Fields } from './field.ts';

/** Timeouts of connections, in seconds; absent where the kernel lacks the protocol. */
export interface Timeouts {
  /** Of idle TCP sessions, in seconds; 0 leaves it as it is. */
  readonly tcp?: number | undefined;
  /** TCP connections after a FIN. */
  readonly tcpFin?: number | undefined;
  /** Of UDP, in seconds; 0 leaves it as it is. */
  readonly udp?: number | undefined;
}

/** The kernel itself refuses what times HZ does not fit a signed int (ip_vs_set_timeout). */
const MAX_TIMEOUT = 0x7fffffff;
const seconds = { kind: 'integer', minimum: 0, maximum: MAX_TIMEOUT } as const;

/** Every timeout. A request that leaves one out, or gives 0, leaves it as it is. */
export const timeoutFields: Fields<keyof Timeouts> = {
  tcp: { role: 'setting', value: seconds, attribute: 'timeoutTcp', default: 0, kernelChooses: 0 },
  tcpFin: {
    role: 'setting',
    value: seconds,
    attribute: 'timeoutTcpFin',
    default: 0,
    kernelChooses: 0,
    description: 'TCP connections after a FIN.',
  },
  udp: { role: 'setting', value: seconds, attribute: 'timeoutUdp', default: 0, kernelChooses: 0 },
};
