/** The kernel's description of IPVS (GET_INFO). */
export interface Info {
  /** Version of IPVS, such as `1.2.1`. */
  readonly version: string;
  /** Number of hash buckets of the connection table. */
  readonly connectionTableSize: number;
  /**
   * Number of changes of services and destinations, modulo 2^32; undefined if the kernel does not count them.
   * Kernels that count them also set NLM_F_DUMP_INTR on dumps interrupted by a change.
   */
  readonly generation: number | undefined;
}
