import { type KernelRun, kernelRelease } from './figures.ts';
import { fillFakeKernel } from './kernels/fake-kernel.ts';
import { fillKernel, whyNoKernel } from './kernels/real-kernel.ts';
import type { ServedTable, TableAddress } from './kernels/table-address.ts';
import type { KernelPlan } from './plan.ts';
import { measureProcesses, type ProcessFigures } from './processes/measure-processes.ts';
import { kernelPrograms } from './processes/programs.ts';
import { measureTable, singleDumpOn, type TableFigures } from './reading/measure-table.ts';
import type { ReadMethodName } from './reading/read-methods.ts';
import type { Step } from './sampling/time-budget.ts';
import { destinationCount, type Workload } from './tables/workloads.ts';

/** A kernel in which tables are created and measured. */
export interface MeasuredKernel {
  readonly kind: 'kernel' | 'fake';
  /** Description; for a fake kernel with the reason why it is used. */
  readonly description: string;
  readonly fill: (workload: Workload) => Promise<ServedTable>;
}

/** Returns the kernel of this machine if it has IPVS and we may use it, else a fake kernel. */
export function findKernel(): MeasuredKernel {
  const reason = whyNoKernel();
  return reason === undefined
    ? { kind: 'kernel', description: 'this machine, in a network namespace of its own', fill: fillKernel }
    : {
        kind: 'fake',
        description: `a fake kernel in a process of its own (${reason})`,
        fill: fillFakeKernel,
      };
}

/** Number of services and destinations whose creation and reading take as long as the fixed work per table. */
const LARGE_TABLE = 32_000;
/**
 * Weights of running whole processes, and of reading a table of increasing size; reading one of the other
 * tables has weight 1.
 */
const PROCESSES_WEIGHT = 3;
const GROWTH_WEIGHT = 0.8;

/**
 * Minimum warm-up time of each method on the first table, in milliseconds: V8 compiles the code for all tables
 * then.
 */
const FIRST_WARM = 400;

/** Helpers for measuring a kernel. */
export interface KernelTools {
  /**
   * Returns the path of `ipvs-list`, the C program that lists a table by the single dump; undefined if it is
   * not available.
   */
  readonly listProgram: () => Promise<string | undefined>;
  /** Called with every table after it has been filled. */
  readonly onFilled?: (workload: Workload, address: TableAddress) => Promise<void>;
  readonly progress: (text: string) => void;
}

/** Measures a kernel in steps, and collects the figures. */
export class KernelMeasurement {
  readonly #kernel: MeasuredKernel;
  readonly #plan: KernelPlan;
  readonly #tools: KernelTools;
  readonly #tables: TableFigures[] = [];
  readonly #growth: TableFigures[] = [];
  readonly #processes: ProcessFigures[] = [];
  #warmed = false;
  /** One step for each table, which is filled once, listed by whole processes, and read in this process. */
  readonly steps: readonly Step[];

  constructor(kernel: MeasuredKernel, plan: KernelPlan, tools: KernelTools) {
    this.#kernel = kernel;
    this.#plan = plan;
    this.#tools = tools;
    const { tables, growth } = plan;
    const listed = kernel.kind === 'fake' ? [] : plan.processes;
    const weigh = (workload: Workload): number =>
      1 + (workload.services + destinationCount(workload)) / LARGE_TABLE;
    const step = (workload: Workload): Step => {
      const [reads, lists] = [tables.includes(workload), listed.includes(workload)];
      return {
        name: [reads ? `dump ${workload.name}` : '', lists ? `process ${workload.name}` : ''].join(' '),
        weight: weigh(workload) * ((reads ? 1 : 0) + (lists ? PROCESSES_WEIGHT : 0)),
        run: (seconds) => this.#measure(workload, reads, lists, seconds),
      };
    };
    this.steps = [...new Set([...tables, ...listed])].map(step).concat(
      growth.map((workload) => ({
        name: `growth ${workload.name}`,
        weight: GROWTH_WEIGHT * weigh(workload),
        run: async (seconds) => {
          this.#growth.push(await this.#read(workload, plan.growthMethods, seconds));
        },
      })),
    );
  }

  async #measure(workload: Workload, reads: boolean, lists: boolean, seconds: number): Promise<void> {
    const { methods, processOptions } = this.#plan;
    if (!lists) {
      this.#tables.push(await this.#read(workload, methods, seconds));
      return;
    }
    const { listProgram, progress } = this.#tools;
    const share = reads ? PROCESSES_WEIGHT / (1 + PROCESSES_WEIGHT) : 1;
    const list = async (address: TableAddress): Promise<void> => {
      const netns = address.kind === 'kernel' ? address.netns : undefined;
      const programs = kernelPrograms(singleDumpOn(address), await listProgram());
      this.#processes.push(
        await measureProcesses(workload, programs, netns, processOptions, seconds * share, progress),
      );
    };
    const found = await this.#read(workload, reads ? methods : [], seconds, list);
    if (reads) this.#tables.push(found);
  }

  #read(
    workload: Workload,
    methods: readonly ReadMethodName[],
    seconds: number,
    list: (address: TableAddress) => Promise<void> = async () => {},
  ): Promise<TableFigures> {
    const { progress, onFilled } = this.#tools;
    const warmUp = this.#warmed
      ? this.#plan.readingOptions.warmUp
      : Math.max(this.#plan.readingOptions.warmUp, FIRST_WARM);
    const readingOptions = { ...this.#plan.readingOptions, warmUp };
    this.#warmed = true;
    return measureTable(
      workload,
      { methods, fill: this.#kernel.fill, options: readingOptions, progress },
      seconds,
      async (address) => {
        await onFilled?.(workload, address);
        await list(address);
      },
    );
  }

  /** Returns the figures; `skipped` names the steps for which there was no time. */
  figures(skipped: readonly string[]): KernelRun {
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
