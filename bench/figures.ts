import { arch, cpus, release } from 'node:os';
import type { CodecFigures } from './decoding/measure-codec.ts';
import type { ProcessFigures } from './processes/measure-processes.ts';
import type { TableFigures } from './reading/measure-table.ts';

/** What the figures were measured with. */
export interface Machine {
  readonly node: string;
  readonly processor: string;
  readonly processors: number;
  readonly architecture: string;
}

/** How much was measured. */
export type Thoroughness = 'quick' | 'plain' | 'thorough';

/** What was read from one kernel: within it samples of one table may be paired. */
export interface KernelRun {
  readonly kind: 'kernel' | 'fake';
  /** What was read, in words. */
  readonly place: string;
  /** What `uname -r` says where it ran. */
  readonly release: string;
  readonly tables: readonly TableFigures[];
  /** Tables that grow. */
  readonly growth: readonly TableFigures[];
  readonly processes: readonly ProcessFigures[];
  /** What there was no time for. */
  readonly leftOut: readonly string[];
}

/** What no kernel has a part in: whole processes on recordings, and decoding the same bytes. */
export interface HostRun {
  /** Who made the datagrams. */
  readonly source: string;
  readonly recordings: readonly ProcessFigures[];
  readonly codec: readonly CodecFigures[];
  readonly leftOut: readonly string[];
  /** Why there are no figures of whole processes in C; absent where there are. */
  readonly withoutC?: string;
}

/** When, with what and how thoroughly something was measured. */
interface Measured {
  readonly date: string;
  readonly machine: Machine;
  readonly thoroughness: Thoroughness;
}

/** Everything that one `npm run bench` measured: what `--json` writes. */
export interface BenchResults extends Measured {
  readonly kernel: KernelRun;
  readonly host: HostRun;
}

/** What was measured in one kernel of the lab: a file of the stored run. */
export interface LabKernel extends Measured {
  /** The lab's name of the kernel, as `single-6.12`. */
  readonly name: string;
  /** Whether the processor was emulated, so that only ratios mean something. */
  readonly emulated: boolean;
  readonly run: KernelRun;
}

/** What was measured beside the lab's kernels, on the machine itself: a file of the stored run. */
export interface LabHost extends Measured {
  readonly host: HostRun;
}

/** This machine. */
export function machine(): Machine {
  return {
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: cpus().length,
    architecture: arch(),
  };
}

/** The kernel that this process runs on. */
export function kernelRelease(): string {
  return release();
}
