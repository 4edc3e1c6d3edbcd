/** The kernel's description of IPVS (GET_INFO). */
export interface Info {
  /** Version of IPVS, such as `1.2.1`. */
  readonly version: string;
  /** Number of hash buckets of the connection table. */
  readonly connectionTableSize: number;
  /**
   * Number of changes of services and destinations, modulo 2^32; undefined if the kernel does not count them.
   * A kernel that does also marks dumps that a change interrupted.
   */
  readonly generation: number | undefined;
}
