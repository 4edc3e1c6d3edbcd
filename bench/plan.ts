import { type AdversarialTable, adversarialTables } from './adversarial.ts';
import type { CodecEffort } from './codec.ts';
import type { DumpEffort } from './dumps.ts';
import { type WayName, ways } from './ways.ts';
import {
  growthWorkloads,
  kindWorkloads,
  publicWorkloads,
  type Workload,
  workloadNamed,
} from './workloads.ts';

/** What one run measures, and how thoroughly. */
export interface Plan {
  readonly dumps: readonly Workload[];
  /** What is compared on each of them. */
  readonly dumpWays: (workload: Workload) => WayName[];
  /** Whether ipvsadm, if it is there, is run on one of them. */
  readonly ipvsadm: (workload: Workload) => boolean;
  /** Tables that grow. */
  readonly growth: readonly Workload[];
  readonly growthWays: (workload: Workload) => WayName[];
  readonly codec: readonly Workload[];
  /** Tables that are made to be hard, for the codec only. */
  readonly codecAdversarial: readonly AdversarialTable[];
  /** Whether the codec is measured on a recorded fixture, too. */
  readonly codecFixture: boolean;
  readonly effort: DumpEffort;
  readonly codecEffort: CodecEffort;
  /** After so many seconds no further table is begun; the first of them are for `dumps`. */
  readonly seconds: number;
}

/** Above so many services per-service dumps are left out of the growth series. */
const MOST_PER_SERVICE = 16000;

const everyWay = {
  codecAdversarial: adversarialTables,
  codecFixture: true,
  dumpWays: (): WayName[] => ways.map(({ name }) => name),
  ipvsadm: (): boolean => true,
  growthWays: (workload: Workload): WayName[] => {
    const single: WayName[] = ['single-sync', 'single-async', 'single-streamed', 'floor'];
    return workload.services > MOST_PER_SERVICE ? single : ['per-service', ...single];
  },
};

/** The public tables, which are all of one kind, and a table of each other kind. */
const dumpWorkloads: readonly Workload[] = [
  ...publicWorkloads,
  ...kindWorkloads.filter(({ kind }) => kind !== 'uniform'),
];

/** Ends in half a minute, unless the machine is very slow. */
export const quickPlan: Plan = {
  ...everyWay,
  dumps: ['1000x4', 'mixed-1000'].map(workloadNamed),
  growth: [],
  codec: kindWorkloads,
  codecFixture: false,
  codecAdversarial: [],
  effort: { rounds: 5, warm: 0, warmAgain: 100, time: 20, limit: 1500, probing: 100 },
  codecEffort: {
    rounds: 4,
    warm: 250,
    warmAgain: 0,
    time: 60,
    sample: 5,
    heap: 'varied',
    limit: Number.POSITIVE_INFINITY,
    leftOut: ['decode', 'records-fields', 'npm-netlink', 'c-walk'],
  },
  seconds: 20,
};

/** Ends in five minutes, unless the machine is very slow. */
export const plainPlan: Plan = {
  ...everyWay,
  dumps: dumpWorkloads,
  growth: growthWorkloads,
  codec: kindWorkloads,
  effort: { rounds: 7, warm: 100, warmAgain: 300, time: 40, limit: 2000, probing: 4000 },
  codecEffort: {
    rounds: 5,
    warm: 300,
    warmAgain: 0,
    time: 80,
    sample: 5,
    heap: 'varied',
    limit: Number.POSITIVE_INFINITY,
    leftOut: [],
  },
  seconds: 200,
};

/** The plan without the benchmarks whose name contains none of these texts. */
export function only(plan: Plan, parts: readonly string[]): Plan {
  const wanted = (name: string): boolean => parts.length === 0 || parts.some((part) => name.includes(part));
  const dumpWays = (workload: Workload): WayName[] =>
    plan.dumpWays(workload).filter((way) => wanted(`dump ${workload.name} ${way}`));
  const growthWays = (workload: Workload): WayName[] =>
    plan.growthWays(workload).filter((way) => wanted(`growth ${workload.name} ${way}`));
  return {
    ...plan,
    dumps: plan.dumps.filter((workload) => dumpWays(workload).length > 0),
    dumpWays,
    ipvsadm: ({ name }) => wanted(`dump ${name} ipvsadm`),
    growth: plan.growth.filter((workload) => growthWays(workload).length > 0),
    growthWays,
    codecFixture: plan.codecFixture && wanted('codec fixture'),
    codec: plan.codec.filter(({ name }) => wanted(`codec ${name}`)),
    codecAdversarial: plan.codecAdversarial.filter(({ name }) => wanted(`codec ${name}`)),
  };
}

/** A guest under emulation: everything takes 20 to 50 times as long. */
export const guestPlan: Plan = {
  ...everyWay,
  growthWays: (workload) =>
    everyWay.growthWays(workload).filter((way) => way !== 'per-service' || workload.services <= 4000),
  dumps: dumpWorkloads,
  growth: growthWorkloads,
  codec: kindWorkloads,
  effort: { rounds: 4, warm: 4000, warmAgain: 1500, time: 2000, limit: 45_000, probing: 0 },
  codecEffort: plainPlan.codecEffort,
  seconds: 3000,
};
