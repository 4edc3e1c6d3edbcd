/** The kernel's modules and interfaces, to which services and daemons refer by name. */
export interface Environment {
  /** Available schedulers. */
  readonly schedulers: Set<string>;
  /** Available persistence engines. */
  readonly persistenceEngines: Set<string>;
  /** Interfaces by name with their MTU. */
  readonly interfaces: Map<string, number>;
  /** Whether the kernel supports IPv6. */
  ipv6: boolean;
}

/** Connection timeouts, in seconds. */
export interface Timeouts {
  /** Timeout of established TCP connections. */
  tcp: number;
  /** Timeout of TCP connections after a FIN. */
  tcpFin: number;
  /** Timeout of UDP connections. */
  udp: number;
}
