import type { CodecFigures, CodecMethod } from '../../bench/decoding/measure-codec.ts';
import type { BenchResults, KernelRun, LabKernelResults, UserSpaceRun } from '../../bench/figures.ts';
import type { ProcessFigures } from '../../bench/processes/measure-processes.ts';
import type { ProgramName } from '../../bench/processes/programs.ts';
import type { TableFigures } from '../../bench/reading/measure-table.ts';
import type { ReadMethodName } from '../../bench/reading/read-methods.ts';
import type { Random } from '../../bench/sampling/random.ts';
import type { Samples } from '../../bench/sampling/samples.ts';
import { type BenchmarkTable, destinationCount } from '../../bench/tables/benchmark-tables.ts';

/** Returns how many times slower than usual a simulated machine is in each round. */
export function slowdowns(random: Random, rounds: number): number[] {
  let factor = 1;
  return Array.from({ length: rounds }, () => {
    if (random.chance(0.15)) factor = factor === 1 ? 1 + random.next() / 2 ** 31 : 1;
    return factor;
  });
}

/**
 * Returns samples of something that usually takes `milliseconds`, one for each factor of {@link slowdowns}: they vary
 * by 10 %, and a few are outliers.
 */
export function simulatedSamples(random: Random, milliseconds: number, factors: readonly number[]): Samples {
  return factors.map((factor) => {
    const scatter = 0.9 + random.next() / 2 ** 32 / 5;
    const outlier = random.chance(0.03) ? 3 : 1;
    return milliseconds * factor * scatter * outlier;
  });
}

function tableProperties(
  benchmarkTable: BenchmarkTable,
): Pick<TableFigures, 'table' | 'kind' | 'services' | 'destinations'> {
  const { name: table, kind, services } = benchmarkTable;
  return { table, kind, services, destinations: destinationCount(benchmarkTable) };
}

/** Returns the figures of a table that each method usually reads in the given time. */
export function simulatedTableFigures(
  benchmarkTable: BenchmarkTable,
  milliseconds: Readonly<Partial<Record<ReadMethodName, number>>>,
  random: Random,
  rounds = 10,
): TableFigures {
  const factors = slowdowns(random, rounds);
  return {
    ...tableProperties(benchmarkTable),
    methods: Object.entries(milliseconds).map(([method, time]) => ({
      method: method as ReadMethodName,
      samples: simulatedSamples(random, time, factors),
    })),
  };
}

/** Returns the figures of whole processes that usually take the given time. */
export function simulatedProcessFigures(
  benchmarkTable: BenchmarkTable,
  milliseconds: Readonly<Partial<Record<ProgramName, number>>>,
  random: Random,
  rounds = 10,
): ProcessFigures {
  const factors = slowdowns(random, rounds);
  return {
    ...tableProperties(benchmarkTable),
    programs: Object.entries(milliseconds).map(([program, time]) => ({
      program: program as ProgramName,
      samples: simulatedSamples(random, time, factors),
    })),
  };
}

/**
 * Returns the figures of a table of a million bytes with 10 services and 90 destinations. libnl takes `libnl`
 * milliseconds; `null` if it was not measured.
 */
export function simulatedCodecFigures(
  table: string,
  kind: CodecFigures['kind'],
  milliseconds: Readonly<Partial<Record<CodecMethod, number>>>,
  libnl: number | null = 2,
): CodecFigures {
  const constant = (time: number): Samples => new Array<number>(10).fill(time);
  return {
    table,
    kind,
    source: 'test',
    services: 10,
    destinations: 90,
    figures: Object.entries(milliseconds).map(([method, time]) => ({
      method: method as CodecMethod,
      samples: constant(time),
      bytes: 1_000_000,
      ...(libnl !== null && { libnl: constant(libnl) }),
    })),
    ...(libnl === null && { noCDecoderReason: 'there is no C compiler (package gcc)' }),
  };
}

const simulatedMachine = { node: 'v20.20.2', processor: 'AMD EPYC', processors: 2, architecture: 'x64' };

export function simulatedRun(tables: readonly TableFigures[], more: Partial<KernelRun> = {}): KernelRun {
  return {
    kind: 'fake',
    description:
      'a fake kernel in a process of its own, on the same processor (the kernel has no generic netlink family IPVS)',
    release: '6.1.0-42-cloud-amd64',
    tables,
    growth: [],
    processes: [],
    skipped: [],
    ...more,
  };
}

export function simulatedResults(kernel: KernelRun, userSpace: Partial<UserSpaceRun> = {}): BenchResults {
  return {
    date: '2026-11-28T12:00:00.000Z',
    machine: simulatedMachine,
    thoroughness: 'default',
    kernel,
    userSpace: { source: 'test', processes: [], codec: [], skipped: [], ...userSpace },
  };
}

/** Returns the stored results of a kernel of the lab. */
export function simulatedLabResults(name: string, run: KernelRun): LabKernelResults {
  return {
    name,
    date: '2026-11-27T12:00:00.000Z',
    machine: simulatedMachine,
    thoroughness: 'thorough',
    emulated: true,
    run: {
      ...run,
      kind: 'kernel',
      release: '7.3.4+deb13-cloud-amd64',
      description: `${name} in a guest of the lab`,
    },
  };
}
