import { existsSync, readFileSync } from 'node:fs';
import { checkOptions } from '../../netlink/request/check-options.ts';
import { netFile, type ProcOptions, procChecks, within } from './proc-file.ts';

/** A hash table of IPVS and how it is filled. */
export interface HashTable {
  /** How many connections or services there are. */
  readonly count: number;
  /** How many buckets the table has; 0 before there is one. */
  readonly buckets: number;
  /** The load factor that it is sized by, see the sysctls `conn_lfactor` and `svc_lfactor`. */
  readonly loadFactor: number;
  /**
   * How many buckets hold 0, 1, 2, ... entries; the last of eight counts those of seven and more. Undefined where the
   * table is empty, or changed its size while the kernel counted.
   */
  readonly bucketLengths: readonly number[] | undefined;
}

/** The state of IPVS in a network namespace, as /proc/net/ip_vs_status tells it. */
export interface Status {
  /** The table of connections. */
  readonly connections: HashTable;
  /** The table of services. */
  readonly services: HashTable;
  /** The threads that estimate rates. */
  readonly estimation: {
    /** How many there are, or once were. */
    readonly threads: number;
    /** How many there may be. */
    readonly maximumThreads: number;
    /** How many estimators a thread takes in a row. */
    readonly chainLength: number;
    /** How many estimators a thread takes. */
    readonly estimatorsPerThread: number;
  };
}

const FILE = netFile('ip_vs_status');

/**
 * Reads the state of IPVS' hash tables and estimators, from /proc/net/ip_vs_status; undefined where there is no such
 * file: on kernels before 7.1, and where the module is not loaded. It takes root, and time that grows with the tables.
 *
 * Throws a SystemCallError, such as EACCES; a FieldError for bad options.
 */
export function readStatus(options: ProcOptions = {}): Status | undefined {
  checkOptions(options, procChecks);
  const text = within(options.netns, FILE, () => (existsSync(FILE) ? readFileSync(FILE, 'utf8') : undefined));
  return text === undefined ? undefined : parseStatus(text);
}

/** What the text of /proc/net/ip_vs_status says; what is missing is 0. */
export function parseStatus(text: string): Status {
  const lines = new Map(
    text.split('\n').flatMap((line) => {
      const [name, value] = line.split(':\t');
      return value === undefined ? [] : [[name!, value] as const];
    }),
  );
  const number = (name: string, pattern = /^(\d+)/): number =>
    Number(pattern.exec(lines.get(name) ?? '')?.[1] ?? 0);
  const table = (counted: string, name: string): HashTable => {
    const lengths = Array.from({ length: 8 }, (_, length) =>
      number(length === 0 ? `${name} buckets empty` : `${name} buckets len-${length}`),
    );
    return {
      count: number(counted),
      buckets: number(`${name} buckets`),
      loadFactor: number(`${name} buckets`, /lfactor (-?\d+)/),
      bucketLengths: lines.has(`${name} buckets empty`) ? lengths : undefined,
    };
  };
  return {
    connections: table('Conns', 'Conn'),
    services: table('Services', 'Service'),
    estimation: {
      threads: number('Stats thread slots'),
      maximumThreads: number('Stats thread slots', /max (\d+)/),
      chainLength: number('Stats chain max len'),
      estimatorsPerThread: number('Stats thread ests'),
    },
  };
}
