/** How a connection deals with its requests. */
export interface ConnectionOptions {
  /** How often a dump is tried while the kernel says that it was interrupted: 3 times unless told. */
  readonly attempts?: number | undefined;
}

export const DEFAULT_ATTEMPTS = 3;
