/** The kernel's modules and interfaces, which services and daemons may name. */
export interface Surroundings {
  /** Schedulers that can be loaded. */
  readonly schedulers: Set<string>;
  /** Persistence engines that can be loaded. */
  readonly persistenceEngines: Set<string>;
  /** Interfaces by name with their MTU. */
  readonly interfaces: Map<string, number>;
  /** Whether the kernel speaks IPv6. */
  ipv6: boolean;
}

/** Timeouts in seconds. */
export interface Timeouts {
  /** Of idle TCP sessions. */
  tcp: number;
  /** Of TCP sessions after a FIN. */
  tcpFin: number;
  /** Of UDP. */
  udp: number;
}
