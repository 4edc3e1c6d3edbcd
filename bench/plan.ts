import type { CodecOptions } from './decoding/measure-codec.ts';
import type { Thoroughness } from './figures.ts';
import type { ProcessOptions } from './processes/measure-processes.ts';
import type { ReadingOptions } from './reading/measure-table.ts';
import type { ReadMethodName } from './reading/read-methods.ts';
import { type AdversarialTable, adversarialTables } from './tables/adversarial.ts';
import {
  type BenchmarkTable,
  benchmarkTableNamed,
  growthTables,
  publishedTables,
  smallestTable,
  tableOfEachKind,
} from './tables/benchmark-tables.ts';

/** What is measured on one kernel, how thoroughly, and in about how many seconds. */
export interface KernelPlan {
  readonly seconds: number;
  readonly tables: readonly BenchmarkTable[];
  readonly methods: readonly ReadMethodName[];
  readonly readingOptions: ReadingOptions;
  /** Tables of increasing size. */
  readonly growth: readonly BenchmarkTable[];
  readonly growthMethods: readonly ReadMethodName[];
  /** Tables for which a listing program is timed as a whole process; on a real kernel only. */
  readonly listedTables: readonly BenchmarkTable[];
  readonly processOptions: ProcessOptions;
}

/** What is measured in user space, without IPVS, how thoroughly, and in about how many seconds. */
export interface UserSpacePlan {
  readonly seconds: number;
  /** Tables for which a listing program is timed as a whole process, on a recording. */
  readonly listedTables: readonly BenchmarkTable[];
  readonly processOptions: ProcessOptions;
  /** Tables whose datagrams are decoded and encoded. */
  readonly codecTables: readonly BenchmarkTable[];
  readonly codecOptions: CodecOptions;
  readonly adversarial: readonly AdversarialTable[];
  /** Whether a recorded fixture is decoded as well. */
  readonly fixture: boolean;
}

/** The benchmark plan of a run on this machine or in the lab: on a kernel, and in user space, without IPVS. */
export interface BenchmarkPlan {
  readonly thoroughness: Thoroughness;
  readonly kernel: KernelPlan;
  readonly userSpace: UserSpacePlan;
}

/** The uniform tables of the published benchmark (see `publishedTables`), and a table of each other kind. */
const mainTables: readonly BenchmarkTable[] = [
  ...publishedTables,
  ...tableOfEachKind.filter(({ kind }) => kind !== 'uniform'),
];
/** The methods that every benchmark plan but `--thorough` measures. */
const commonMethods: readonly ReadMethodName[] = ['new-sockets', 'per-service', 'single-sync', 'discard'];
const everyMethod: readonly ReadMethodName[] = [
  'new-sockets',
  'per-service',
  'pool',
  'single-sync',
  'single-async',
  'single-streamed',
  'single-records',
  'discard',
];
const growthMethods: readonly ReadMethodName[] = ['per-service', 'single-sync', 'single-streamed', 'discard'];

const named = (...names: readonly string[]): readonly BenchmarkTable[] => names.map(benchmarkTableNamed);

/**
 * With `sampleTime: 0` each sample is one read: many short rounds give narrower intervals than fewer rounds with the
 * mean of several reads each.
 */
const readingDefaults = {
  rounds: 45,
  warmUp: 60,
  sampleTime: 0,
  maximumReadTime: 15,
  garbage: 'random',
} as const;
const codecDefaults = {
  rounds: 10,
  warmUp: 200,
  sampleTime: 50,
  clockInterval: 5,
  garbage: 'random',
} as const;

/** The benchmark plan of `--quick`: only the fastest and the slowest kind of table. */
const quick: BenchmarkPlan = {
  thoroughness: 'quick',
  kernel: {
    seconds: 4.7,
    tables: named('1000x4', 'mixed-1000'),
    methods: commonMethods,
    readingOptions: readingDefaults,
    growth: [],
    growthMethods,
    listedTables: named('1000x4'),
    processOptions: { rounds: 12 },
  },
  userSpace: {
    seconds: 9.3,
    listedTables: named('1x1', '1000x4'),
    processOptions: { rounds: 8 },
    codecTables: named('uniform', 'mixed'),
    codecOptions: {
      ...codecDefaults,
      rounds: 8,
      warmUp: 150,
      sampleTime: 30,
      skipped: ['decode', 'records-fields', 'encode', 'npm-netlink', 'c-walk'],
    },
    adversarial: [],
    fixture: false,
  },
};

/** The default benchmark plan of `npm run bench`: only the fastest and the slowest kind of table are decoded. */
const standard: BenchmarkPlan = {
  thoroughness: 'default',
  kernel: {
    seconds: 32,
    tables: mainTables,
    methods: commonMethods,
    readingOptions: readingDefaults,
    growth: [],
    growthMethods,
    listedTables: named('1x1', '1000x4', '16000x1', 'mixed'),
    processOptions: { rounds: 12 },
  },
  userSpace: {
    seconds: 26,
    listedTables: named('1x1', '1000x4', '16000x1', 'mixed'),
    processOptions: { rounds: 12 },
    codecTables: named('uniform', 'mixed'),
    codecOptions: {
      ...codecDefaults,
      rounds: 16,
      warmUp: 100,
      sampleTime: 30,
      skipped: ['decode', 'records-fields', 'encode'],
    },
    adversarial: [],
    fixture: false,
  },
};

const thoroughUserSpace: UserSpacePlan = {
  seconds: Number.POSITIVE_INFINITY,
  listedTables: [smallestTable, ...mainTables],
  processOptions: { rounds: 25 },
  codecTables: tableOfEachKind,
  codecOptions: { ...codecDefaults, rounds: 15, warmUp: 400, skipped: [] },
  adversarial: adversarialTables,
  fixture: true,
};

/** The benchmark plan of `--thorough`: everything, without a time limit. */
const thorough: BenchmarkPlan = {
  thoroughness: 'thorough',
  kernel: {
    seconds: Number.POSITIVE_INFINITY,
    tables: mainTables,
    methods: everyMethod,
    readingOptions: {
      ...readingDefaults,
      rounds: 15,
      warmUp: 300,
      sampleTime: 60,
      maximumReadTime: 500,
      resourceUsage: { repeatTime: 4000, firstReadLimit: 10_000 },
    },
    growth: growthTables,
    growthMethods,
    listedTables: [smallestTable, ...mainTables],
    processOptions: { rounds: 15 },
  },
  userSpace: thoroughUserSpace,
};

export const plans: Readonly<Record<Thoroughness, BenchmarkPlan>> = { quick, default: standard, thorough };

/**
 * Returns a benchmark plan without time limit, which ends with an interval for every figure. It decodes and encodes
 * every kind of table.
 */
export function withoutTimeLimit(plan: BenchmarkPlan): BenchmarkPlan {
  const { thoroughness, kernel, userSpace } = plan;
  if (thoroughness === 'thorough') return plan;
  const seconds = Number.POSITIVE_INFINITY;
  const skipped = userSpace.codecOptions.skipped.filter((method) => method !== 'encode');
  return {
    thoroughness,
    kernel: { ...kernel, seconds },
    userSpace: {
      ...userSpace,
      seconds,
      codecTables: tableOfEachKind,
      codecOptions: { ...codecDefaults, skipped },
    },
  };
}

/**
 * The benchmark plan of a kernel of the lab, where everything takes 20 to 50 times as long under emulation, so that
 * whole processes list four tables only.
 */
const labThorough: BenchmarkPlan = {
  thoroughness: 'thorough',
  kernel: {
    seconds: 1100,
    tables: mainTables,
    methods: commonMethods,
    readingOptions: {
      rounds: 8,
      warmUp: 1000,
      sampleTime: 100,
      maximumReadTime: 500,
    },
    growth: growthTables.filter(({ name }) => !['mixed-2000', 'mixed-8000'].includes(name)),
    growthMethods: ['per-service', 'single-sync', 'discard'],
    listedTables: named('1x1', '1000x4', '16000x1', 'mixed'),
    processOptions: { rounds: 5 },
  },
  userSpace: { ...thoroughUserSpace, adversarial: [], fixture: false, seconds: 300 },
};

/** The benchmark plan of a kernel of the lab with `--quick`. */
const labQuick: BenchmarkPlan = {
  thoroughness: 'quick',
  kernel: {
    ...labThorough.kernel,
    seconds: 300,
    tables: named('1000x4', 'mixed'),
    readingOptions: { ...labThorough.kernel.readingOptions, warmUp: 500 },
    growth: named('1000x1', '4000x1'),
    listedTables: named('1x1', '1000x4', 'mixed'),
  },
  userSpace: {
    ...quick.userSpace,
    listedTables: named('1x1', '1000x4', 'mixed'),
    codecTables: named('mixed'),
  },
};

export const labPlans: Readonly<Record<'quick' | 'thorough', BenchmarkPlan>> = {
  quick: labQuick,
  thorough: labThorough,
};
