import { spawn } from 'node:child_process';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ipvsListProgram } from '../build/ipvs-list.ts';
import { type GuestProgram, guestPrograms } from '../packages/guest-programs.ts';
import { type KernelVariant, stockKernelFiles } from '../packages/kernels.ts';
import { runCommand } from '../process.ts';
import { requireTools, toolPackages } from '../tools.ts';
import { accelerator } from './accelerator.ts';
import { BOOTED, guestOutputFolder } from './init.ts';
import { writeInitramfs } from './initramfs.ts';
import { kernelFaults } from './kernel-log.ts';
import { machineArguments } from './machine.ts';
import { moduleTree } from './modules.ts';

/** What to run in a guest. */
export interface GuestOptions {
  readonly kernel: KernelVariant;
  /**
   * A bash script. It runs as root in the guest's copy of the project, with `node`, `ip`, `ipvsadm`, `tcpdump`,
   * `ipvs-list` (test/kernel/reader) and busybox; IPVS_LAB_KERNEL holds the variant's name. What it writes to the
   * folder in IPVS_LAB_OUT comes back.
   */
  readonly command: string;
  /** Programs of Debian packages that the guest gets in addition, see guest-programs.ts. */
  readonly programs?: readonly GuestProgram[];
  /** More files for the guest, by absolute path there. */
  readonly files?: ReadonlyMap<string, string | Uint8Array>;
  /** Limit for boot, command and power-off together, in seconds of the host; 300 if left out. */
  readonly timeoutSeconds?: number;
  /** Receives what the command writes as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Processors of the guest; 2 if left out. */
  readonly processors?: number;
  /** Memory of the guest in MiB; 2048 if left out. */
  readonly memory?: number;
  /**
   * For measuring, where the guest has this machine to itself: its idle processors spin. To wake one that
   * sleeps takes far longer under emulation than the work that it is woken for.
   */
  readonly pollWhenIdle?: boolean;
  /**
   * For measuring on a machine that has other work: the guest has one processor, and its clock is the number of
   * instructions that it has executed, so that figures are reproducible whatever else runs. Caches have no effect then.
   */
  readonly countInstructions?: boolean;
  /** Keep the guest's initramfs, disk and console log, and say in `folder` where. */
  readonly keep?: boolean;
}

/** How a guest ended. */
export interface GuestResult {
  /** The command's exit status. */
  readonly status: number;
  /** Everything the command wrote to standard output and standard error. */
  readonly output: string;
  /** What it left in IPVS_LAB_OUT, by path relative to that folder. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The kernel's log at the end. */
  readonly dmesg: string;
  /** The lines of the log that report a fault of the kernel; empty when all is well. */
  readonly faults: readonly string[];
  /** From start to power-off, in seconds of the host. */
  readonly seconds: number;
  /** The kept folder, with the option `keep`. */
  readonly folder?: string;
}

/** A guest did not end by itself: it hung, crashed or could not boot. `output` is what its command wrote until then. */
export class GuestFailure extends Error {
  override readonly name = 'GuestFailure';
  readonly code: 'LAB_GUEST_TIMEOUT' | 'LAB_GUEST_CRASHED';
  readonly output: string;
  /** The kernel console, with the panic if there was one. */
  readonly console: string;
  /** Whether the kernel crashed before it had booted. */
  readonly crashedBooting: boolean;

  constructor(code: GuestFailure['code'], message: string, output: string, console: string) {
    super(`${message}\n${console.slice(-3000).trimEnd()}`);
    this.code = code;
    this.output = output;
    this.console = console;
    this.crashedBooting = code === 'LAB_GUEST_CRASHED' && !console.includes(BOOTED);
  }
}

interface MachineOutput {
  readonly output: string;
  readonly errors: string;
  readonly timedOut: boolean;
}

function runMachine(
  qemu: string,
  args: readonly string[],
  timeoutSeconds: number,
  onOutput: (text: string) => void,
): Promise<MachineOutput> {
  return new Promise((resolve, reject) => {
    const machine = spawn(qemu, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    let timedOut = false;
    const killTimer = setTimeout(() => {
      timedOut = true;
      machine.kill('SIGKILL');
    }, timeoutSeconds * 1000);
    const killMachine = (): void => {
      machine.kill('SIGKILL');
    };
    process.once('exit', killMachine);
    machine.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onOutput(text);
    });
    machine.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    machine.on('error', reject);
    machine.on('close', () => {
      clearTimeout(killTimer);
      process.off('exit', killMachine);
      resolve({ output, errors, timedOut });
    });
  });
}

async function readFiles(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length + 1), await readFile(path));
  }
  return files;
}

async function runInFolder(options: GuestOptions, folder: string): Promise<GuestResult> {
  const tools = requireTools(toolPackages);
  const kernelFiles = await (options.kernel.files ?? stockKernelFiles)(options.kernel.series);
  const modules = await moduleTree(kernelFiles, await options.kernel.replacements?.(kernelFiles));
  const initrd = join(folder, 'initramfs.cpio');
  await writeInitramfs(initrd, {
    tools: new Map([...tools, ['ipvs-list', await ipvsListProgram()]]),
    modules,
    project: true,
    programs: await guestPrograms(options.programs ?? []),
    command: options.command,
    files: options.files ?? new Map(),
  });
  const disk = join(folder, 'result.tar');
  const consoleFile = join(folder, 'console.log');
  writeFileSync(disk, '');
  truncateSync(disk, 2 ** 30);
  const started = performance.now();
  const timeoutSeconds = options.timeoutSeconds ?? 300;
  const { output, errors, timedOut } = await runMachine(
    tools.get('qemu-system-x86_64')!,
    machineArguments({
      kernel: kernelFiles.imageFile,
      initrd,
      disk,
      consoleFile,
      accelerator: options.countInstructions ? 'tcg-icount' : await accelerator(kernelFiles, tools),
      kernelArguments: `ipvs_lab.kernel=${options.kernel.name}${options.pollWhenIdle === true ? ' idle=poll' : ''}`,
      processors: options.countInstructions ? 1 : (options.processors ?? 2),
      memory: options.memory ?? options.kernel.memory ?? 2048,
    }),
    timeoutSeconds,
    options.onOutput ?? (() => {}),
  );
  const seconds = (performance.now() - started) / 1000;
  const console = errors + (await readFile(consoleFile, 'utf8').catch(() => ''));
  if (timedOut) {
    const message = `the guest (${options.kernel.name}) was stopped after its ${timeoutSeconds} seconds`;
    throw new GuestFailure('LAB_GUEST_TIMEOUT', message, output, console);
  }
  const result = join(folder, 'result');
  await runCommand('mkdir', ['-p', result]);
  await runCommand('tar', ['-xf', disk, '-C', result]).catch(() => undefined);
  const status = await readFile(join(result, 'status'), 'utf8').catch(() => undefined);
  if (status === undefined) {
    const message = `the guest (${options.kernel.name}) ended without a result`;
    throw new GuestFailure('LAB_GUEST_CRASHED', message, output, console);
  }
  const dmesg = await readFile(join(result, 'dmesg'), 'utf8');
  return {
    status: Number(status),
    output,
    files: await readFiles(join(result, guestOutputFolder)),
    dmesg,
    faults: kernelFaults(dmesg),
    seconds,
    ...(options.keep ? { folder } : {}),
  };
}

/**
 * Boots a kernel under QEMU, runs a command in it, and returns its status, output, files and kernel log.
 *
 * Booting costs several seconds without KVM, so a guest should do much. A kernel that crashes before it has booted is
 * booted once more: emulated, it sometimes does, in code that it has just patched (an int3). Throws MissingPackages,
 * PackageNotOffered, and GuestFailure when the guest hangs or crashes.
 */
export async function runInGuest(options: GuestOptions): Promise<GuestResult> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-lab-'));
  const discard = (): void => {
    if (!options.keep) rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', discard);
  try {
    return await runInFolder(options, folder).catch(async (error: unknown) => {
      if (!(error instanceof GuestFailure && error.crashedBooting)) throw error;
      options.onOutput?.(`${error.message}\nThe kernel crashed while it booted, and is booted once more.\n`);
      return await runInFolder(options, folder);
    });
  } finally {
    process.off('exit', discard);
    discard();
  }
}
