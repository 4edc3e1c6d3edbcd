import { type CounterValues, counterNames } from '../../../protocol/ipvs/index.ts';
import { DecodeError } from '../../../protocol/netlink/index.ts';
import { checkOptions } from '../../netlink/request/check-options.ts';
import { netFile, type ProcOptions, procChecks, readProcFile } from './proc-file.ts';

const FILE = netFile('ip_vs_stats');
const COLUMNS = 5;

/**
 * Reads the counters of all IPVS traffic in a network namespace from /proc/net/ip_vs_stats, those of removed
 * services included. They have 64 bits and may be up to two seconds old.
 *
 * Throws a SystemCallError, such as ENOENT if the module is not loaded; a DecodeError for an unknown format;
 * a FieldError for invalid options.
 */
export function readStatistics(options: ProcOptions = {}): CounterValues {
  checkOptions(options, procChecks);
  return parseStatistics(readProcFile(FILE, options));
}

/** Parses the contents of /proc/net/ip_vs_stats. Throws a DecodeError. */
export function parseStatistics(text: string): CounterValues {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/));
  const numbers = rows.filter(
    (row) => row.length === COLUMNS && row.every((word) => /^[0-9A-F]+$/.test(word)),
  );
  const [totals, rates] = numbers;
  if (totals === undefined || rates === undefined)
    throw new DecodeError(`${FILE}: does not have two rows of five numbers`, 0);
  const all = [...totals, ...rates].map((word) => BigInt(`0x${word}`));
  return Object.fromEntries(counterNames.map((name, index) => [name, all[index]!])) as CounterValues;
}
