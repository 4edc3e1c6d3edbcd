import { type OptionChecks, wholeNumber } from '../request/check-options.ts';

/** Options of a netlink connection. */
export interface ConnectionOptions {
  /** Maximum number of attempts at a dump that is interrupted (NLM_F_DUMP_INTR); at least 1. Default: 3. */
  readonly attempts?: number | undefined;
}

export const connectionChecks: OptionChecks<ConnectionOptions> = { attempts: wholeNumber(1) };
