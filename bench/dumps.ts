import { offersSingleDump } from '../lib/ipvs/operations/dump.ts';
import { ConnectionSync, GenericNetlinkSync } from '../lib/netlink.ts';
import { FAMILY_NAME } from '../protocol/index.ts';
import { type Bed, type BedAddress, openSocket } from './bed.ts';
import {
  type Effort,
  LEAST_SAMPLES,
  type Measurement,
  measureInTurn,
  type Subject,
  withCold,
} from './measure.ts';
import { type Probe, probe } from './probe.ts';
import { type OpenWay, type WayName, ways } from './ways.ts';
import { destinationCount, type Workload, type WorkloadFacts } from './workloads.ts';

/** One way of reading one workload. */
export interface DumpFigure {
  readonly way: WayName;
  /** Absent where one reading took longer than this run's time allows. */
  readonly probe?: Probe;
  /** Absent where the probe's first reading says that there is no time for enough samples. */
  readonly time?: Measurement;
}

/** All ways of reading one workload, measured in one run. */
export interface DumpFigures {
  readonly workload: WorkloadFacts;
  readonly destinations: number;
  readonly figures: readonly DumpFigure[];
}

/** How thoroughly dumps are measured. */
export interface DumpEffort extends Effort {
  /** How long each way is probed after its first reading, in milliseconds. */
  readonly probing: number;
}

/** What is measured, where, and how thoroughly. */
export interface DumpPlan {
  readonly ways: readonly WayName[];
  readonly bed: (workload: Workload) => Promise<Bed>;
  readonly effort: DumpEffort;
  readonly progress: (text: string) => void;
}

/** Whether the kernel behind a bed offers the single dump. */
export function singleDumpOn(address: BedAddress): boolean {
  const generic = new GenericNetlinkSync(new ConnectionSync(openSocket(address)));
  try {
    return offersSingleDump(generic.family(FAMILY_NAME));
  } finally {
    generic.close();
  }
}

/** Measures a workload on a bed of its own. Throws when two ways read different tables. */
export async function measureDumps(workload: Workload, plan: DumpPlan): Promise<DumpFigures> {
  plan.progress(`${workload.name}: filling`);
  const bed = await plan.bed(workload);
  try {
    const destinations = destinationCount(workload);
    return { workload, destinations, figures: await measureBed(workload, destinations, bed.address, plan) };
  } finally {
    await bed.close();
  }
}

async function measureBed(
  workload: Workload,
  destinations: number,
  address: BedAddress,
  plan: DumpPlan,
): Promise<DumpFigure[]> {
  const { effort, progress } = plan;
  const single = singleDumpOn(address);
  const chosen = ways.filter((way) => plan.ways.includes(way.name) && (single || !way.single));
  const probes = new Map<WayName, Probe>();
  for (const { name } of chosen) {
    progress(`${workload.name}: ${name}, memory and event loop`);
    const probed = await probe(name, address, effort.probing, effort.limit);
    if (probed === undefined) continue;
    if (name !== 'floor' && probed.destinations !== destinations) {
      throw new Error(
        `${name} read ${probed.destinations} destinations of ${workload.name}, not ${destinations}`,
      );
    }
    probes.set(name, probed);
  }
  const open = new Map<WayName, OpenWay>();
  try {
    for (const way of chosen) {
      const first = probes.get(way.name)?.first ?? Number.POSITIVE_INFINITY;
      if (first * LEAST_SAMPLES < effort.limit) open.set(way.name, await way.open(address));
    }
    const subjects = new Map<WayName, Subject>([...open].map(([name, way]) => [name, () => way.read()]));
    const times = await measureInTurn(subjects, effort, (name, round) =>
      progress(`${workload.name}: ${name}, round ${round} of ${effort.rounds}`),
    );
    return chosen.map(({ name }) => {
      const probed = probes.get(name);
      const measured = times.get(name);
      const time = measured && probed && withCold(measured, probed.first);
      return { way: name, ...(probed && { probe: probed }), ...(time && { time }) };
    });
  } finally {
    for (const way of open.values()) await way.close();
  }
}
