import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adversarialDump, ordinaryServices } from './adversarial.ts';
import { type Bed, openSocket } from './bed.ts';
import type { CodecFigures, CodecTable } from './codec.ts';
import { measureInProcess } from './codec-process.ts';
import { type Datagrams, datagramsFile, recordDump } from './datagrams.ts';
import { type DumpFigures, measureDumps, singleDumpOn } from './dumps.ts';
import { fakeBed, recordFakeDump } from './fake-bed.ts';
import { FIXTURE, fixtureDump } from './fixture.ts';
import { kernelBed, whyNoKernel } from './kernel-bed.ts';
import type { Plan } from './plan.ts';
import { measureProcesses, type ProcessFigures } from './processes.ts';
import { type KernelRun, kernelRelease } from './results.ts';
import { type Workload, workloadNamed } from './workloads.ts';
import { buildYardstick } from './yardstick.ts';

/** Where tables are made and read in this process. */
export interface Place {
  readonly kind: 'kernel' | 'fake';
  /** In words, with the reason where it is not a kernel. */
  readonly text: string;
  readonly bed: (workload: Workload) => Promise<Bed>;
}

/** This machine's kernel where it has IPVS and we may use it, else a fake one. */
export function findPlace(): Place {
  const reason = whyNoKernel();
  if (reason === undefined) {
    const text = `kernel ${kernelRelease()}, in a network namespace of its own`;
    return { kind: 'kernel', text, bed: kernelBed };
  }
  return {
    kind: 'fake',
    text:
      "a fake kernel in a process of its own, over real netlink sockets: its times say what our side costs and how often the two processes took turns, not what a kernel's dumps cost\n" +
      `(no kernel: ${reason})`,
    bed: fakeBed,
  };
}

/** Tells whether there is still time, and notes what is left out because there is none. */
function stopwatch(notes: string[]): (name: string, seconds: number) => boolean {
  const started = performance.now();
  const leftOut: string[] = [];
  return (name, seconds) => {
    if (performance.now() - started < seconds * 1000) return true;
    leftOut.push(name);
    const note = `left out because this machine was too slow or too busy: ${leftOut.join(', ')}`;
    if (leftOut.length === 1) notes.push(note);
    else notes[notes.length - 1] = note;
    return false;
  };
}

/** How much of a plan's time is for the tables of the public benchmark; growth comes after them. */
const DUMPS_SHARE = 0.7;

/** Measures dumps in this process. */
export async function measureRun(
  place: Place,
  plan: Plan,
  notes: string[],
  progress: (text: string) => void,
): Promise<KernelRun> {
  const { bed, kind } = place;
  const inTime = stopwatch(notes);
  const dumps: DumpFigures[] = [];
  const growth: DumpFigures[] = [];
  const processes: ProcessFigures[] = [];
  for (const workload of plan.dumps) {
    if (!inTime(workload.name, plan.seconds * DUMPS_SHARE)) continue;
    const keepTable = async (): Promise<Bed> => {
      const made = await bed(workload);
      const listed = plan.ipvsadm(workload)
        ? await measureProcesses(workload, made.address, plan.effort, progress)
        : undefined;
      if (listed !== undefined) processes.push(listed);
      return made;
    };
    dumps.push(
      await measureDumps(workload, {
        ways: plan.dumpWays(workload),
        bed: keepTable,
        effort: plan.effort,
        progress,
      }),
    );
  }
  // Of growth only time and memory are shown.
  const effort = { ...plan.effort, probing: 0 };
  for (const workload of plan.growth) {
    if (!inTime(`growth ${workload.name}`, plan.seconds)) continue;
    growth.push(await measureDumps(workload, { ways: plan.growthWays(workload), bed, effort, progress }));
  }
  return { place: place.text, kind, kernel: kernelRelease(), dumps, growth, processes };
}

/** Records the single dump of a workload; `undefined` where the kernel has none. */
export async function recordWorkload(place: Place, workload: Workload): Promise<Datagrams | undefined> {
  if (place.kind === 'fake') return recordFakeDump(workload);
  const bed = await place.bed(workload);
  try {
    return singleDumpOn(bed.address) ? recordDump(() => openSocket(bed.address)) : undefined;
  } finally {
    await bed.close();
  }
}

/**
 * Measures the codec on a recorded fixture, on datagrams that `record` gets, and on adversarial tables made of
 * them, beside C where that can be built.
 */
export async function measureCodecs(
  plan: Plan,
  source: string,
  record: (workload: Workload) => Promise<Datagrams | undefined>,
  progress: (text: string) => void,
): Promise<CodecFigures[]> {
  const figures: CodecFigures[] = [];
  if (plan.codec.length + plan.codecAdversarial.length === 0 && !plan.codecFixture) return figures;
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-bench-'));
  const file = join(folder, 'datagrams');
  try {
    progress('codec: building the C program');
    const yardstick = await buildYardstick(folder);
    const measure = async (about: CodecTable, datagrams: Datagrams): Promise<void> => {
      await writeFile(file, datagramsFile(datagrams));
      figures.push(await measureInProcess({ about, file, yardstick, effort: plan.codecEffort }, progress));
    };
    if (plan.codecFixture) {
      const repeated = `${FIXTURE}, again and again`;
      await measure({ table: 'fixture', kind: 'recording', source: repeated }, fixtureDump());
    }
    for (const workload of plan.codec) {
      progress(`codec ${workload.name}: recording`);
      const datagrams = await record(workload);
      if (datagrams !== undefined) await measure({ table: workload.name, kind: 'kind', source }, datagrams);
    }
    const ordinary = plan.codecAdversarial.length > 0 ? await record(workloadNamed('uniform')) : undefined;
    if (ordinary !== undefined) {
      const services = ordinaryServices(ordinary);
      for (const table of plan.codecAdversarial) {
        const about = { table: table.name, kind: 'adversarial', source, offset: table.offset ?? 0 } as const;
        await measure(about, adversarialDump(table, services));
      }
    }
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
