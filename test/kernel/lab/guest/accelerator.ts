import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KernelFiles } from '../packages/kernels.ts';
import { writeCpio } from './cpio.ts';
import { type Accelerator, machineArguments } from './machine.ts';

const probeSeconds = 10;

/** Whether /proc/cpuinfo says that this machine's processor can run virtual machines. */
export function hasVirtualization(cpuinfo: string): boolean {
  return /^flags\s*:.*\b(svm|vmx)\b/m.test(cpuinfo);
}

/**
 * Boots a kernel with KVM and a first process that only powers off. A /dev/kvm that opens is no proof: where
 * virtual machines cannot be nested, the guest never runs an instruction.
 */
async function bootsWithKvm(kernel: KernelFiles, tools: ReadonlyMap<string, string>): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-lab-kvm-'));
  try {
    const initrd = join(folder, 'initramfs.cpio');
    const disk = join(folder, 'disk');
    const consoleFile = join(folder, 'console.log');
    await writeFile(disk, Buffer.alloc(1 << 20));
    const init = '#!/bin/busybox sh\n/bin/busybox echo booted >/dev/console\n/bin/busybox poweroff -f\n';
    await writeCpio(
      initrd,
      new Map([
        ['/bin/busybox', { kind: 'file', source: tools.get('busybox')! }],
        ['/init', { kind: 'content', content: init, mode: 0o755 }],
      ]),
    );
    const args = machineArguments({
      kernel: kernel.imageFile,
      initrd,
      disk,
      consoleFile,
      accelerator: 'kvm',
      kernelArguments: '',
      processors: 1,
      memory: 256,
    });
    await new Promise<void>((resolve, reject) => {
      const machine = spawn(tools.get('qemu-system-x86_64')!, args, {
        stdio: 'ignore',
        timeout: probeSeconds * 1000,
        killSignal: 'SIGKILL',
      });
      machine.on('error', reject);
      machine.on('close', () => resolve());
    });
    return (await readFile(consoleFile, 'utf8').catch(() => '')).includes('booted');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function choose(kernel: KernelFiles, tools: ReadonlyMap<string, string>): Promise<Accelerator> {
  if (!hasVirtualization(readFileSync('/proc/cpuinfo', 'utf8'))) return 'tcg';
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return 'tcg';
  }
  return (await bootsWithKvm(kernel, tools)) ? 'kvm' : 'tcg';
}

let chosen: Promise<Accelerator> | undefined;

/** KVM where a first guest proves that it works within 10 seconds, else emulation. Found out once per process. */
export function accelerator(kernel: KernelFiles, tools: ReadonlyMap<string, string>): Promise<Accelerator> {
  chosen ??= choose(kernel, tools);
  return chosen;
}
