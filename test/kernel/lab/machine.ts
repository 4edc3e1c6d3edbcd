/** How QEMU runs a guest's instructions: on the processor itself, or emulated. */
export type Accelerator = 'kvm' | 'tcg';

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

/**
 * QEMU's arguments for a machine. The kernel console goes to a file; the second serial port, which only the
 * guest's command writes to, to QEMU's standard output, so that nothing has to be told apart.
 */
export function machineArguments(machine: Machine): string[] {
  return [
    '-nodefaults',
    '-no-reboot',
    ...['-display', 'none'],
    ...['-machine', 'q35'],
    ...(machine.accelerator === 'kvm'
      ? ['-accel', 'kvm', '-cpu', 'host']
      : ['-accel', 'tcg,thread=multi', '-cpu', 'max']),
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
    ...['-chardev', 'stdio,id=report,signal=off', '-serial', 'chardev:report'],
  ];
}
