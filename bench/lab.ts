import { singleDumpKernels } from '../test/kernel/ip_vs/kernels.ts';
import { type GuestResult, runInGuest } from '../test/kernel/lab/guest.ts';
import { guestProjectFolder } from '../test/kernel/lab/init.ts';
import { type KernelVariant, stockKernels } from '../test/kernel/lab/kernels.ts';
import { requireTools, toolPackages } from '../test/kernel/lab/tools.ts';
import { readDatagramsFile } from './datagrams.ts';
import { measureCodecs } from './here.ts';
import { guestPlan, only } from './plan.ts';
import { type BenchResults, type GuestResults, type KernelRun, machine } from './results.ts';

const GUEST_SECONDS = 3600;

/** A kernel with the single dump, and the same one as Debian has it. */
const usualKernels: readonly string[] = ['single-6.12', 'stock-6.12'];
const knownKernels: readonly KernelVariant[] = [...stockKernels, ...singleDumpKernels];

function kernelNamed(name: string): KernelVariant {
  const found = knownKernels.find((kernel) => kernel.name === name);
  if (found !== undefined) return found;
  throw new Error(`no kernel ${name}; there are ${knownKernels.map((kernel) => kernel.name).join(', ')}`);
}

/** Runs the benchmark in a guest and returns what it left. Throws when it failed. */
async function runGuest(
  kernel: KernelVariant,
  parts: readonly string[],
  progress: (text: string) => void,
): Promise<GuestResult> {
  progress(`${kernel.name}: booting`);
  let line = '';
  const quoted = parts.map((part) => `'${part.replaceAll("'", `'\\''`)}'`).join(' ');
  const result = await runInGuest({
    kernel,
    command: `cd ${guestProjectFolder} && exec node --expose-gc dist/bench/guest.js ${quoted}\n`,
    timeoutSeconds: GUEST_SECONDS,
    alone: true,
    onOutput: (text) => {
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const whole of lines) progress(`${kernel.name}: ${whole}`);
    },
  });
  if (result.status !== 0) throw new Error(`the benchmark failed in ${kernel.name}:\n${result.output}`);
  return result;
}

/**
 * Measures dumps in guests, one after the other so that each has the machine to itself, and the codec
 * here on what the changed kernel sent. Throws MissingPackages and GuestFailure.
 */
export async function measureInLab(
  names: readonly string[],
  parts: readonly string[],
  progress: (text: string) => void,
): Promise<BenchResults> {
  const kernels = (names.length === 0 ? usualKernels : names).map(kernelNamed);
  requireTools(toolPackages);
  const runs: KernelRun[] = [];
  const notes: string[] = [
    'In the lab: QEMU guests, mostly under emulation, where everything takes 20 to 50 times as long. ' +
      'Ratios within one guest hold; absolute times mean nothing.',
  ];
  let recorded: ReadonlyMap<string, Buffer> = new Map();
  for (const kernel of kernels) {
    const { files } = await runGuest(kernel, parts, progress);
    const left = JSON.parse(String(files.get('results.json'))) as GuestResults;
    runs.push(left.run);
    progress(`${kernel.name}: done`);
    notes.push(...left.notes.map((note) => `${kernel.name}: ${note}`));
    if (files.size > recorded.size) recorded = files;
  }
  const codec = await measureCodecs(
    only(guestPlan, parts),
    `recorded from ${runs[0]!.place}; decoded outside of it`,
    async ({ name }) => {
      const file = recorded.get(name);
      return file === undefined ? undefined : readDatagramsFile(file);
    },
    progress,
  );
  return { date: new Date().toISOString(), machine: machine(), runs, codec, notes };
}
