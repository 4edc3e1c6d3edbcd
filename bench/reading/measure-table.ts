import { offersSingleDump } from '../../lib/ipvs/operations/dump.ts';
import { ConnectionSync, GenericNetlinkSync } from '../../lib/netlink.ts';
import { FAMILY_NAME } from '../../protocol/index.ts';
import { type CreatedTable, openSocket, type TableLocation } from '../kernels/table-location.ts';
import { measureInTurn, type SamplingOptions, type Subject } from '../sampling/in-turn.ts';
import type { Samples } from '../sampling/samples.ts';
import { type BenchmarkTable, destinationCount, type TableKind } from '../tables/benchmark-tables.ts';
import { methods, type ReadMethod, type ReadMethodName } from './read-methods.ts';
import { measureResourceUsage, type ResourceUsage } from './resource-usage.ts';
import { everyService, type Subset, subsetFor } from './subset.ts';
import type { TableReader } from './table-reader.ts';

/** The figures of one method of reading a table. */
interface MethodFigure {
  readonly method: ReadMethodName;
  /** Duration of reading the whole table, in milliseconds. */
  readonly samples: Samples;
  /**
   * The stride of the subset: only one of this number of services was read, and that part of the time was multiplied
   * accordingly. Absent if all services were read.
   */
  readonly stride?: number;
  readonly resourceUsage?: ResourceUsage;
}

/** The figures of all methods of reading one table, measured in turn in one process. */
export interface TableFigures {
  readonly table: string;
  readonly kind: TableKind;
  readonly services: number;
  readonly destinations: number;
  readonly methods: readonly MethodFigure[];
}

/** The options of measuring a table. */
export interface ReadingOptions extends Omit<SamplingOptions, 'seconds'> {
  /**
   * Duration above which reading service by service is limited to a subset of the services, in milliseconds.
   */
  readonly maximumReadTime: number;
  /**
   * How memory and the event loop are measured: the time for repeated reads of each method, and the maximum of
   * its first read, in milliseconds. Default: not measured.
   */
  readonly resourceUsage?: { readonly repeatTime: number; readonly firstReadLimit: number };
}

/** The methods to measure, the kernel, and the options. */
export interface ReadingPlan {
  readonly methods: readonly ReadMethodName[];
  readonly createTable: (benchmarkTable: BenchmarkTable) => Promise<CreatedTable>;
  readonly options: ReadingOptions;
  readonly progress: (text: string) => void;
}

/** Whether the kernel with a table has the single dump. */
export function singleDumpOn(location: TableLocation): boolean {
  const generic = new GenericNetlinkSync(new ConnectionSync(openSocket(location)));
  try {
    return offersSingleDump(generic.family(FAMILY_NAME));
  } finally {
    generic.close();
  }
}

/**
 * Creates a table, calls `use` with it, and measures each method of reading it; creating and measuring take about
 * `seconds` seconds. Throws if a method reads another number of destinations than the table has.
 */
export async function measureTable(
  benchmarkTable: BenchmarkTable,
  plan: ReadingPlan,
  seconds: number,
  use: (location: TableLocation) => Promise<void> = async () => {},
): Promise<TableFigures> {
  const started = performance.now();
  plan.progress(`${benchmarkTable.name}: creating the table`);
  const created = await plan.createTable(benchmarkTable);
  const left = seconds - (performance.now() - started) / 1000;
  try {
    await use(created.location);
    const { name, kind, services } = benchmarkTable;
    const destinations = destinationCount(benchmarkTable);
    const figures = await readInTurn(benchmarkTable, destinations, created.location, plan, left);
    return { table: name, kind, services, destinations, methods: figures };
  } finally {
    await created.close();
  }
}

async function readInTurn(
  benchmarkTable: BenchmarkTable,
  destinations: number,
  location: TableLocation,
  { methods: names, options, progress }: ReadingPlan,
  seconds: number,
): Promise<MethodFigure[]> {
  const started = performance.now();
  const hasSingleDump = singleDumpOn(location);
  const chosen = methods.filter(
    (method) => names.includes(method.name) && (hasSingleDump || !method.needsSingleDump),
  );
  const usages = new Map<ReadMethodName, ResourceUsage>();
  for (const { name } of options.resourceUsage === undefined ? [] : chosen) {
    progress(`${benchmarkTable.name}: ${name}, memory and event loop`);
    const { repeatTime, firstReadLimit } = options.resourceUsage!;
    const resourceUsage = await measureResourceUsage(name, location, repeatTime, firstReadLimit);
    if (resourceUsage !== undefined) usages.set(name, resourceUsage);
  }
  const readers = new Map<ReadMethodName, { readonly reader: TableReader; readonly subset: Subset }>();
  try {
    for (const method of chosen) {
      progress(`${benchmarkTable.name}: ${method.name}, first reading`);
      readers.set(
        method.name,
        await openWithinTime(method, location, benchmarkTable, destinations, options.maximumReadTime),
      );
    }
    const left = seconds - (performance.now() - started) / 1000;
    const subjects = new Map<ReadMethodName, Subject>(
      [...readers].map(([name, { reader }]) => [
        name,
        {
          run: () => reader.read(),
          ...(reader.skippedTime && { skippedTime: reader.skippedTime }),
        },
      ]),
    );
    const samples = await measureInTurn(subjects, { ...options, seconds: left }, (name, round) =>
      progress(`${benchmarkTable.name}: ${name}, round ${round} of at most ${options.rounds}`),
    );
    return chosen.map(({ name }) => {
      const resourceUsage = usages.get(name);
      const { stride } = readers.get(name)!.subset;
      return {
        method: name,
        samples: samples.get(name)!,
        ...(stride > 1 && { stride }),
        ...(resourceUsage && { resourceUsage }),
      };
    });
  } finally {
    for (const { reader } of readers.values()) await reader.close();
  }
}

/**
 * Opens a reader of a subset of the services that takes at most about `maximumReadTime` milliseconds, and checks its
 * result.
 */
async function openWithinTime(
  method: ReadMethod,
  location: TableLocation,
  { name: table, services }: BenchmarkTable,
  destinations: number,
  maximumReadTime: number,
): Promise<{ readonly reader: TableReader; readonly subset: Subset }> {
  let subset = method.needsSingleDump ? everyService : subsetFor(services, Number.POSITIVE_INFINITY, 0);
  let reader = await method.open(location, subset);
  const started = performance.now();
  let count = await reader.read();
  const whole = performance.now() - started + (reader.skippedTime?.() ?? 0);
  const better = subsetFor(services, whole, maximumReadTime);
  if (better.stride < subset.stride) {
    subset = better;
    await reader.close();
    reader = await method.open(location, subset);
    if (subset.stride === 1) count = await reader.read();
  }
  if (subset.stride === 1 && count !== undefined && count !== destinations) {
    await reader.close();
    throw new Error(`${method.name} read ${count} destinations of ${table}, not ${destinations}`);
  }
  return { reader, subset };
}
