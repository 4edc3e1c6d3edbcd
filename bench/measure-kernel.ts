import { type KernelRun, kernelRelease } from './figures.ts';
import { createFakeTable } from './kernels/fake-kernel.ts';
import { canShareProcessor } from './kernels/one-processor.ts';
import { createRealTable, whyNoKernel } from './kernels/real-kernel.ts';
import type { CreatedTable, TableLocation } from './kernels/table-location.ts';
import type { KernelPlan } from './plan.ts';
import { measureProcesses, type ProcessFigures } from './processes/measure-processes.ts';
import { kernelPrograms } from './processes/programs.ts';
import { measureTable, singleDumpOn, type TableFigures } from './reading/measure-table.ts';
import type { ReadMethodName } from './reading/read-methods.ts';
import type { Step } from './sampling/time-budget.ts';
import { type BenchmarkTable, destinationCount } from './tables/benchmark-tables.ts';

/** A kernel in which tables are created and measured. */
export interface MeasuredKernel {
  readonly kind: 'kernel' | 'fake';
  /** Description; for a fake kernel with the reason why it is used. */
  readonly description: string;
  readonly createTable: (benchmarkTable: BenchmarkTable) => Promise<CreatedTable>;
}

/** Returns the kernel of this machine if it has IPVS and we may use it, else a fake kernel. */
export function findKernel(): MeasuredKernel {
  const reason = whyNoKernel();
  return reason === undefined
    ? {
        kind: 'kernel',
        description: 'this machine, in a network namespace of its own',
        createTable: createRealTable,
      }
    : {
        kind: 'fake',
        description:
          `a fake kernel in a process of its own, on ${canShareProcessor() ? 'the same' : 'another'} processor ` +
          `(${reason})`,
        createTable: createFakeTable,
      };
}

/** Number of services and destinations for which creating and reading a table takes as long as its fixed cost. */
const FIXED_COST_OBJECTS = 64_000;
/** Share of the time for the programs that list a table, relative to that for all methods of reading it. */
const PROCESSES_TIME_SHARE = 3;
/** Additional share of the time for the first table, for its longer warm-up. */
const FIRST_TABLE_TIME_SHARE = 1.5;

/**
 * Minimum warm-up time of each method on the first table, in milliseconds, in which V8 compiles the code for all
 * tables.
 */
const FIRST_WARM_UP = 400;

/** Options of measuring a kernel. */
export interface KernelMeasurementOptions {
  /**
   * Returns the path of `ipvs-list`, the C program that lists a table with the single dump, or its name if it is found
   * in PATH; undefined if it is not available.
   */
  readonly ipvsListPath: () => Promise<string | undefined>;
  /** Called with every table after it has been created. */
  readonly onTableCreated?: (benchmarkTable: BenchmarkTable, location: TableLocation) => Promise<void>;
  readonly progress: (text: string) => void;
}

/** Measures a kernel in steps, and collects the figures. */
export class KernelMeasurement {
  readonly #kernel: MeasuredKernel;
  readonly #plan: KernelPlan;
  readonly #options: KernelMeasurementOptions;
  readonly #tables: TableFigures[] = [];
  /** Figures of tables of increasing size. */
  readonly #growth: TableFigures[] = [];
  readonly #processes: ProcessFigures[] = [];
  #warmedUp = false;
  /** One step for each table: it is created, listed by other programs, and read in this process. */
  readonly steps: readonly Step[];

  constructor(kernel: MeasuredKernel, plan: KernelPlan, options: KernelMeasurementOptions) {
    this.#kernel = kernel;
    this.#plan = plan;
    this.#options = options;
    const { tables, growth } = plan;
    const listed = kernel.kind === 'fake' ? [] : plan.listedTables;
    const timeShareOf = (benchmarkTable: BenchmarkTable): number =>
      1 + (benchmarkTable.services + destinationCount(benchmarkTable)) / FIXED_COST_OBJECTS;
    const step = (benchmarkTable: BenchmarkTable, index: number): Step => {
      const isRead = tables.includes(benchmarkTable);
      const isListed = listed.includes(benchmarkTable);
      return {
        name: [
          isRead ? `dump ${benchmarkTable.name}` : '',
          isListed ? `process ${benchmarkTable.name}` : '',
        ].join(' '),
        timeShare:
          timeShareOf(benchmarkTable) * ((isRead ? 1 : 0) + (isListed ? PROCESSES_TIME_SHARE : 0)) +
          (index === 0 ? FIRST_TABLE_TIME_SHARE : 0),
        run: (seconds) => this.#measure(benchmarkTable, isRead, isListed, seconds),
      };
    };
    this.steps = [...new Set([...tables, ...listed])].map(step).concat(
      growth.map((benchmarkTable) => ({
        name: `growth ${benchmarkTable.name}`,
        timeShare: timeShareOf(benchmarkTable),
        run: async (seconds) => {
          this.#growth.push(await this.#read(benchmarkTable, plan.growthMethods, seconds));
        },
      })),
    );
  }

  async #measure(
    benchmarkTable: BenchmarkTable,
    isRead: boolean,
    isListed: boolean,
    seconds: number,
  ): Promise<void> {
    const { methods, processOptions } = this.#plan;
    if (!isListed) {
      this.#tables.push(await this.#read(benchmarkTable, methods, seconds));
      return;
    }
    const { ipvsListPath, progress } = this.#options;
    const share = isRead ? PROCESSES_TIME_SHARE / (1 + PROCESSES_TIME_SHARE) : 1;
    const measureListing = async (location: TableLocation): Promise<void> => {
      const netns = location.kind === 'kernel' ? location.netns : undefined;
      const programs = kernelPrograms(singleDumpOn(location), await ipvsListPath());
      this.#processes.push(
        await measureProcesses(benchmarkTable, programs, netns, processOptions, seconds * share, progress),
      );
    };
    const figures = await this.#read(
      benchmarkTable,
      isRead ? methods : [],
      seconds * (1 - share),
      measureListing,
    );
    if (isRead) this.#tables.push(figures);
  }

  #read(
    benchmarkTable: BenchmarkTable,
    methods: readonly ReadMethodName[],
    seconds: number,
    measureListing: (location: TableLocation) => Promise<void> = async () => {},
  ): Promise<TableFigures> {
    const { progress, onTableCreated } = this.#options;
    const warmUp = this.#warmedUp
      ? this.#plan.readingOptions.warmUp
      : Math.max(this.#plan.readingOptions.warmUp, FIRST_WARM_UP);
    const readingOptions = { ...this.#plan.readingOptions, warmUp };
    this.#warmedUp = true;
    return measureTable(
      benchmarkTable,
      { methods, createTable: this.#kernel.createTable, options: readingOptions, progress },
      seconds,
      async (location) => {
        await onTableCreated?.(benchmarkTable, location);
        await measureListing(location);
      },
    );
  }

  /** Returns the figures; `skipped` names the steps for which there was no time. */
  results(skipped: readonly string[]): KernelRun {
    return {
      kind: this.#kernel.kind,
      description: this.#kernel.description,
      release: kernelRelease(),
      tables: this.#tables,
      growth: this.#growth,
      processes: this.#processes,
      skipped,
    };
  }
}
