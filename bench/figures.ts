import { arch, cpus, release } from 'node:os';
import type { CodecFigures } from './decoding/measure-codec.ts';
import type { ProcessFigures } from './processes/measure-processes.ts';
import type { TableFigures } from './reading/measure-table.ts';

/** The machine and the version of Node that figures were measured with. */
export interface Machine {
  readonly node: string;
  readonly processor: string;
  readonly processors: number;
  readonly architecture: string;
}

/** How much is measured. */
export type Thoroughness = 'quick' | 'default' | 'thorough';

/**
 * The figures of one kernel. Samples of the same table were measured in the same rounds, so they can be
 * paired.
 */
export interface KernelRun {
  readonly kind: 'kernel' | 'fake';
  /** Description of the kernel. */
  readonly description: string;
  /** Release of the kernel, as printed by `uname -r`. */
  readonly release: string;
  readonly tables: readonly TableFigures[];
  /** Figures of tables of increasing size. */
  readonly growth: readonly TableFigures[];
  readonly processes: readonly ProcessFigures[];
  /** Names of the steps for which there was no time. */
  readonly skipped: readonly string[];
}

/** The results that need no IPVS: whole processes on recordings, and decoding. */
export interface UserSpaceRun {
  /** Where the datagrams come from. */
  readonly source: string;
  /** Whole processes on recordings. */
  readonly processes: readonly ProcessFigures[];
  readonly codec: readonly CodecFigures[];
  readonly skipped: readonly string[];
  /** Why `ipvs-list`, and so its figures, are missing; absent if it could be compiled. */
  readonly noIpvsListReason?: string;
}

/** When, on which machine and how thoroughly something was measured. */
interface Measured {
  readonly date: string;
  readonly machine: Machine;
  readonly thoroughness: Thoroughness;
}

/** The results of one `npm run bench`, as written by `--json`. */
export interface BenchResults extends Measured {
  readonly kernel: KernelRun;
  readonly userSpace: UserSpaceRun;
}

/** The results of one kernel of the lab, as stored in a file. */
export interface LabKernelResults extends Measured {
  /** Name of the kernel in the lab, such as `single-6.12`. */
  readonly name: string;
  /** Whether the processor was emulated, so that only ratios are meaningful. */
  readonly emulated: boolean;
  readonly run: KernelRun;
}

/** The results of a lab run that need no IPVS, as stored in a file. */
export interface LabUserSpaceResults extends Measured {
  readonly userSpace: UserSpaceRun;
}

/** Returns the description of this machine. */
export function machine(): Machine {
  return {
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: cpus().length,
    architecture: arch(),
  };
}

/** Returns the release of the kernel that this process runs on. */
export function kernelRelease(): string {
  return release();
}
