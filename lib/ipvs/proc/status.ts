import { existsSync, openSync } from 'node:fs';
import { checkOptions } from '../../netlink/request/check-options.ts';
import { netFile, openInNamespace, type ProcOptions, procChecks, readOpenFile } from './proc-file.ts';

/** The size and load of a hash table of IPVS. */
export interface HashTable {
  /** Number of connections or services. */
  readonly count: number;
  /** Number of buckets; 0 if the hash table has not been allocated. */
  readonly buckets: number;
  /**
   * The load factor that determines its size, entries per bucket, as its base-2 logarithm: the sysctl `conn_lfactor` or
   * `svc_lfactor`, -8 to 8.
   */
  readonly loadFactor: number;
  /**
   * Number of buckets with 0, 1, 2, ... entries; the last of the eight numbers counts buckets with seven
   * or more. Undefined if the hash table is empty, or was resized again and again while the kernel counted.
   */
  readonly bucketsByLength: readonly number[] | undefined;
}

/** The state of IPVS in a network namespace, from /proc/net/ip_vs_status. */
export interface Status {
  /** The hash table of connections. */
  readonly connections: HashTable;
  /** The hash table of services. */
  readonly services: HashTable;
  /** The threads that estimate rates. */
  readonly estimation: {
    /** Number of threads that have been started; some may have stopped. */
    readonly threads: number;
    /** Maximum number of threads. */
    readonly maximumThreads: number;
    /** Maximum number of estimators that a thread processes in a row. */
    readonly chainLength: number;
    /** Maximum number of estimators of a thread. */
    readonly estimatorsPerThread: number;
  };
}

const FILE = netFile('ip_vs_status');

/**
 * Reads the state of the hash tables and estimators of IPVS from /proc/net/ip_vs_status. Returns undefined if
 * there is no such file: before Linux 7.1, and if the module is not loaded. Needs root; takes time in
 * proportion to the hash tables.
 *
 * Throws a SystemCallError, such as EACCES; a FieldError for bad options.
 */
export function readStatus(options: ProcOptions = {}): Status | undefined {
  checkOptions(options, procChecks);
  const file = openInNamespace(options.netns, FILE, () =>
    existsSync(FILE) ? openSync(FILE, 'r') : undefined,
  );
  return file === undefined ? undefined : parseStatus(readOpenFile(file, FILE));
}

/** Parses the contents of /proc/net/ip_vs_status; missing values are 0. */
export function parseStatus(text: string): Status {
  const lines = new Map(
    text.split('\n').flatMap((line) => {
      const [name, value] = line.split(':\t');
      return value === undefined ? [] : [[name!, value] as const];
    }),
  );
  const number = (name: string, pattern = /^(\d+)/): number =>
    Number(pattern.exec(lines.get(name) ?? '')?.[1] ?? 0);
  const table = (countName: string, name: string): HashTable => {
    const lengths = Array.from({ length: 8 }, (_, length) =>
      number(length === 0 ? `${name} buckets empty` : `${name} buckets len-${length}`),
    );
    return {
      count: number(countName),
      buckets: number(`${name} buckets`),
      loadFactor: number(`${name} buckets`, /lfactor (-?\d+)/),
      bucketsByLength: lines.has(`${name} buckets empty`) ? lengths : undefined,
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
