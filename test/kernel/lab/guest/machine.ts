/**
 * How QEMU runs a guest's instructions: on the processor itself, emulated, or emulated and counted, so that the
 * guest's clock is the number of instructions that it has executed and nothing else.
 */
export type Accelerator = 'kvm' | 'tcg' | 'tcg-icount';

/** One virtual machine. */
export interface Machine {
  readonly kernel: string;
  readonly initrd: string;
  /** Raw file that the guest sees as /dev/vda. */
  readonly disk: string;
  /** Receives what the kernel prints on its console. */
  readonly consoleFile: string;
  readonly accelerator: Accelerator;
  readonly kernelArguments: string;
  readonly processors: number;
  /** MiB. */
  readonly memory: number;
}

const accelerators: Readonly<Record<Accelerator, readonly string[]>> = {
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
  tcg: ['-accel', 'tcg,thread=multi', '-cpu', 'max'],
  // 2 ns for each instruction; time in which the guest would sleep passes at once.
  'tcg-icount': ['-accel', 'tcg,thread=single', '-icount', 'shift=1,sleep=off', '-cpu', 'max'],
};

/**
 * QEMU's arguments for a machine. The kernel console goes to a file; the second serial port, which only the
 * guest's command writes to, to QEMU's standard output, so that the two never mix.
 */
export function machineArguments(machine: Machine): string[] {
  return [
    '-nodefaults',
    '-no-reboot',
    ...['-display', 'none'],
    ...['-machine', 'q35'],
    ...accelerators[machine.accelerator],
    ...['-smp', String(machine.processors)],
    ...['-m', String(machine.memory)],
    ...['-kernel', machine.kernel],
    ...['-initrd', machine.initrd],
    ...[
      '-append',
      `console=ttyS0 quiet panic=-1 mitigations=off nowatchdog log_buf_len=1M rcupdate.rcu_cpu_stall_timeout=120 ${machine.kernelArguments}`,
    ],
    ...['-drive', `file=${machine.disk},format=raw,if=virtio,cache=unsafe`],
    ...['-device', 'virtio-rng-pci'],
    ...['-chardev', `file,id=console,path=${machine.consoleFile}`, '-serial', 'chardev:console'],
    ...['-chardev', 'stdio,id=output,signal=off', '-serial', 'chardev:output'],
  ];
}
