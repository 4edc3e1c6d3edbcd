import { type OptionChecks, wholeNumber } from '../request/check-options.ts';

/** How a connection treats its requests. */
export interface ConnectionOptions {
  /** How often a dump is tried while the kernel says that it was interrupted, from 1. Default: 3. */
  readonly attempts?: number | undefined;
}

export const connectionChecks: OptionChecks<ConnectionOptions> = { attempts: wholeNumber(1) };
