import { offersSingleDump } from '../lib/ipvs/operations.ts';
import { ConnectionSync, GenericNetlinkSync } from '../lib/netlink.ts';
import { FAMILY_NAME } from '../protocol/index.ts';
import { type Bed, type BedAddress, openSocket } from './bed.ts';
import { type Effort, type Measurement, measureInTurn, type Subject } from './measure.ts';
import { type Probe, probe } from './probe.ts';
import { type OpenWay, type Way, type WayName, ways } from './ways.ts';
import { serviceCount, type Workload } from './workloads.ts';

/** One way of reading one workload. */
export interface DumpFigure extends Probe {
  readonly way: WayName;
  readonly time: Measurement;
}

/** All ways of reading one workload, measured in one run. */
export interface DumpFigures {
  readonly workload: Workload;
  readonly figures: readonly DumpFigure[];
}

/** What is measured, where, and how thoroughly. */
export interface DumpPlan {
  readonly workloads: readonly Workload[];
  readonly ways: readonly WayName[];
  readonly bed: (workload: Workload) => Promise<Bed>;
  readonly effort: Effort;
  readonly progress: (text: string) => void;
}

/** Whether the kernel behind a bed offers the single dump. */
function singleDumpOn(address: BedAddress): boolean {
  const generic = new GenericNetlinkSync(new ConnectionSync(openSocket(address)));
  try {
    return offersSingleDump(generic.family(FAMILY_NAME));
  } finally {
    generic.close();
  }
}

/** Measures each workload on a bed of its own. Throws when two ways read different tables. */
export async function measureDumps(plan: DumpPlan): Promise<DumpFigures[]> {
  const results: DumpFigures[] = [];
  for (const workload of plan.workloads) {
    plan.progress(`${workload.name}: filling`);
    const bed = await plan.bed(workload);
    try {
      results.push({ workload, figures: await measureBed(workload, bed.address, plan) });
    } finally {
      await bed.close();
    }
  }
  return results;
}

async function measureBed(workload: Workload, address: BedAddress, plan: DumpPlan): Promise<DumpFigure[]> {
  const single = singleDumpOn(address);
  const chosen = ways.filter((way) => plan.ways.includes(way.name) && (single || !way.single));
  const probes = new Map<WayName, Probe>();
  for (const { name } of chosen) {
    plan.progress(`${workload.name}: ${name}, memory and event loop`);
    probes.set(name, await probe(name, address));
  }
  checkSameTable(workload, probes);
  const open = new Map<WayName, OpenWay>();
  try {
    for (const way of chosen) open.set(way.name, await way.open(address));
    const subjects = new Map<WayName, Subject>([...open].map(([name, way]) => [name, way.read]));
    const times = await measureInTurn(subjects, plan.effort, (name, round) =>
      plan.progress(`${workload.name}: ${name}, round ${round} of ${plan.effort.rounds}`),
    );
    return chosen.map(({ name }: Way) => ({ way: name, time: times.get(name)!, ...probes.get(name)! }));
  } finally {
    for (const way of open.values()) await way.close();
  }
}

function checkSameTable(workload: Workload, probes: ReadonlyMap<WayName, Probe>): void {
  const wanted = serviceCount(workload) * workload.destinations;
  for (const [name, { destinations }] of probes) {
    if (name !== 'floor' && destinations !== wanted) {
      throw new Error(`${name} read ${destinations} destinations of ${workload.name}, not ${wanted}`);
    }
  }
}
