import {
  edgeTable,
  mixedTable,
  proxyTable,
  type ServiceDefinitionWithDestinations,
  uniformTable,
} from './table-kinds.ts';

/**
 * A kind of table: all services alike, one like kube-proxy's, one like an edge load balancer's,
 * or one with every feature of IPVS.
 */
export type TableKind = 'uniform' | 'proxy' | 'edge' | 'mixed';

/** A table for the benchmark. */
export interface BenchmarkTable {
  readonly name: string;
  readonly kind: TableKind;
  /** Number of services. */
  readonly services: number;
  /** Generates the table; it is the same each time. */
  readonly table: () => Iterable<ServiceDefinitionWithDestinations>;
  /**
   * Published times of a whole `ipvsadm -Sn` process on a stock kernel and on one with the single dump, in
   * milliseconds, see `publishedTables`.
   */
  readonly published?: { readonly stock: number; readonly patched: number };
}

function uniform(
  name: string,
  tcp: number,
  marks: number,
  destinations: number,
  published?: BenchmarkTable['published'],
): BenchmarkTable {
  return {
    name,
    kind: 'uniform',
    services: tcp + marks,
    table: () => uniformTable(tcp, marks, destinations),
    ...(published && { published }),
  };
}

/**
 * The six tables and the times of the published benchmark: that in the commit message of the kernel patch
 * "ipvs: add genetlink cmd to dump all services and destinations" (lvs-devel and netdev mailing lists,
 * October and November 2020), which was not merged.
 */
export const publishedTables: readonly BenchmarkTable[] = [
  uniform('1000x4', 1000, 0, 4, { stock: 26.0, patched: 9.9 }),
  uniform('2000x2', 2000, 0, 2, { stock: 44.6, patched: 12.1 }),
  uniform('8000x2', 8000, 0, 2, { stock: 181.2, patched: 48.1 }),
  uniform('16000x1', 16_000, 0, 1, { stock: 363.3, patched: 66.2 }),
  uniform('100x100', 100, 0, 100, { stock: 21.1, patched: 19.2 }),
  uniform('8000+8000x1', 8000, 8000, 1, { stock: 337.4, patched: 63.8 }),
];

function mixed(name: string, services: number): BenchmarkTable {
  return { name, kind: 'mixed', services, table: () => mixedTable(services) };
}

/** A table of each kind; `uniform` is the published 8000x2. */
export const tableOfEachKind: readonly BenchmarkTable[] = [
  uniform('uniform', 8000, 0, 2),
  { name: 'proxy', kind: 'proxy', services: 2000, table: () => proxyTable(2000) },
  { name: 'edge', kind: 'edge', services: 3000, table: () => edgeTable(3000) },
  mixed('mixed', 4000),
];

/** Tables of increasing size, uniform and mixed, which show whether the cost per service is constant. */
export const growthTables: readonly BenchmarkTable[] = [
  ...[1000, 2000, 4000, 8000, 16_000, 32_000, 64_000].map((services) =>
    uniform(`${services}x1`, services, 0, 1),
  ),
  ...[1000, 2000, 4000, 8000, 16_000].map((services) => mixed(`mixed-${services}`, services)),
];

/** The smallest table, which shows the cost of a process itself. */
export const smallestTable: BenchmarkTable = uniform('1x1', 1, 0, 1);

/**
 * Returns the name of the recording of a table's single dump; `uniform` and `8000x2` are the same table and share one.
 */
export function recordingName({ name }: BenchmarkTable): string {
  return name === 'uniform' ? '8000x2' : name;
}

/** Returns the benchmark table with this name. Throws if there is none. */
export function benchmarkTableNamed(name: string): BenchmarkTable {
  const found = [...tableOfEachKind, ...publishedTables, ...growthTables, smallestTable].find(
    (benchmarkTable) => benchmarkTable.name === name,
  );
  if (found === undefined) throw new Error(`no benchmark table is called ${name}`);
  return found;
}

const destinationCounts = new WeakMap<BenchmarkTable, number>();

/** Returns the number of destinations of a benchmark table, which is generated to count them, once. */
export function destinationCount(benchmarkTable: BenchmarkTable): number {
  let count = destinationCounts.get(benchmarkTable);
  if (count === undefined) {
    count = 0;
    for (const [, destinations] of benchmarkTable.table()) count += destinations.length;
    destinationCounts.set(benchmarkTable, count);
  }
  return count;
}
