import type { DumpEffort } from './dumps.ts';
import type { WayName } from './ways.ts';
import { growthWorkloads, publicWorkloads, serviceCount, type Workload } from './workloads.ts';

/** What one run measures, and how thoroughly. */
export interface Plan {
  readonly dumps: readonly Workload[];
  readonly growth: readonly Workload[];
  readonly codec: readonly Workload[];
  readonly effort: DumpEffort;
  /** After so many seconds nothing more is begun. */
  readonly seconds: number;
}

const CODEC_TABLES: readonly string[] = ['1000x4', '16000x1', '100x100'];
const QUICK_TABLES: readonly string[] = ['1000x4', '100x100'];

function named(names: readonly string[]): Workload[] {
  return publicWorkloads.filter(({ name }) => names.includes(name));
}

/** Ends in half a minute, unless the machine is very slow. */
export const quickPlan: Plan = {
  dumps: named(QUICK_TABLES),
  growth: [],
  codec: named(QUICK_TABLES),
  effort: { rounds: 5, time: 20, limit: 1500, probing: 100 },
  seconds: 20,
};

/** Ends in three minutes, unless the machine is very slow. */
export const plainPlan: Plan = {
  dumps: publicWorkloads,
  growth: growthWorkloads,
  codec: named(CODEC_TABLES),
  effort: { rounds: 7, time: 40, limit: 4000, probing: 400 },
  seconds: 150,
};

/** The plan without the benchmarks whose name contains none of these texts. */
export function only(plan: Plan, parts: readonly string[]): Plan {
  if (parts.length === 0) return plan;
  const wanted = (kind: string, workloads: readonly Workload[]): Workload[] =>
    workloads.filter(({ name }) => parts.some((part) => `${kind} ${name}`.includes(part)));
  return {
    ...plan,
    dumps: wanted('dump', plan.dumps),
    growth: wanted('growth', plan.growth),
    codec: wanted('codec', plan.codec),
  };
}

/** Above so many services per-service dumps are left out of the growth series. */
const MOST_PER_SERVICE = 16000;

/** What is compared as the table grows. */
export function growthWays(workload: Workload): WayName[] {
  const single: WayName[] = ['single-sync', 'single-async', 'single-streamed', 'floor'];
  return serviceCount(workload) > MOST_PER_SERVICE ? single : ['per-service', ...single];
}
