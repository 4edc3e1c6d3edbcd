import { type RequestOptions, requestChecks } from '../../netlink/connection/lifetime.ts';
import { milliseconds, type OptionChecks } from '../../netlink/request/check-options.ts';
import { type DumpOptions, dumpChecks } from '../dump.ts';

/** Options of `IpvsMethods.watch`. */
export interface WatchOptions extends RequestOptions, Pick<DumpOptions, 'strategy' | 'service'> {
  /** Pause between two reads, from the end of one to the start of the next, in milliseconds. Default: 1000. */
  readonly period?: number | undefined;
}

export const watchChecks: OptionChecks<WatchOptions> = {
  ...requestChecks,
  strategy: dumpChecks.strategy,
  service: dumpChecks.service,
  period: milliseconds,
};
