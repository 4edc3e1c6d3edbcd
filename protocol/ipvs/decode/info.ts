/** The kernel's IPVS, as GET_INFO describes it. */
export interface Info {
  /** Version of IPVS, such as `1.2.1`. */
  readonly version: string;
  /** Number of rows of the connection table. */
  readonly connectionTableSize: number;
  /**
   * How often services or destinations have changed, modulo 2^32; absent where the kernel does not
   * count. A kernel that counts also marks dumps during which the table changed.
   */
  readonly generation: number | undefined;
}
