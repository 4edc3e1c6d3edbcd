import { edgeTable, mixedTable, proxyTable, type TableRow, uniformTable } from './kinds.ts';

/** A kind of table: all services alike, a cluster's proxy, a network's edge, or everything that there is. */
export type TableKind = 'uniform' | 'proxy' | 'edge' | 'mixed';

/** A table to read. */
export interface Workload {
  readonly name: string;
  readonly kind: TableKind;
  /** Number of services. */
  readonly services: number;
  /** Generates the table, the same one each time. */
  readonly rows: () => Iterable<TableRow>;
  /**
   * The public benchmark of the proposal (2020): milliseconds of a whole `ipvsadm -Sn` process on a
   * stock and on a changed kernel.
   */
  readonly published?: { readonly stock: number; readonly changed: number };
}

function uniform(
  name: string,
  tcp: number,
  marks: number,
  destinations: number,
  published?: Workload['published'],
): Workload {
  return {
    name,
    kind: 'uniform',
    services: tcp + marks,
    rows: () => uniformTable(tcp, marks, destinations),
    ...(published && { published }),
  };
}

/** The six tables of the public benchmark, with its figures. */
export const publicWorkloads: readonly Workload[] = [
  uniform('1000x4', 1000, 0, 4, { stock: 26.0, changed: 9.9 }),
  uniform('2000x2', 2000, 0, 2, { stock: 44.6, changed: 12.1 }),
  uniform('8000x2', 8000, 0, 2, { stock: 181.2, changed: 48.1 }),
  uniform('16000x1', 16_000, 0, 1, { stock: 363.3, changed: 66.2 }),
  uniform('100x100', 100, 0, 100, { stock: 21.1, changed: 19.2 }),
  uniform('8000+8000x1', 8000, 8000, 1, { stock: 337.4, changed: 63.8 }),
];

function mixed(name: string, services: number): Workload {
  return { name, kind: 'mixed', services, rows: () => mixedTable(services) };
}

/** A table of each kind; `uniform` is the public 8000x2. */
export const kindWorkloads: readonly Workload[] = [
  uniform('uniform', 8000, 0, 2),
  { name: 'proxy', kind: 'proxy', services: 2000, rows: () => proxyTable(2000) },
  { name: 'edge', kind: 'edge', services: 3000, rows: () => edgeTable(3000) },
  mixed('mixed', 4000),
];

/**
 * Tables that grow, to see whether the cost of a service stays the same: services alike, and of every kind.
 */
export const growthWorkloads: readonly Workload[] = [
  ...[1000, 2000, 4000, 8000, 16_000, 32_000, 64_000].map((services) =>
    uniform(`${services}x1`, services, 0, 1),
  ),
  ...[1000, 2000, 4000, 8000, 16_000].map((services) => mixed(`mixed-${services}`, services)),
];

/** The smallest table: what a whole process costs by itself. */
export const smallestWorkload: Workload = uniform('1x1', 1, 0, 1);

/** The name under which a table is recorded: two of them are the same. */
export function recordedName({ name }: Workload): string {
  return name === 'uniform' ? '8000x2' : name;
}

/** The workload with this name. Throws where there is none. */
export function workloadNamed(name: string): Workload {
  const found = [...kindWorkloads, ...publicWorkloads, ...growthWorkloads, smallestWorkload].find(
    (workload) => workload.name === name,
  );
  if (found === undefined) throw new Error(`no workload is called ${name}`);
  return found;
}

/** How many destinations a workload has. */
export function destinationCount({ rows }: Workload): number {
  let count = 0;
  for (const [, destinations] of rows()) count += destinations.length;
  return count;
}
