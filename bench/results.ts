import { arch, cpus, release } from 'node:os';
import type { CodecFigures } from './codec.ts';
import type { DumpFigures } from './dumps.ts';
import type { ProcessFigures } from './processes.ts';

/** What the figures were measured with. */
export interface Machine {
  readonly node: string;
  readonly processor: string;
  readonly processors: number;
  readonly architecture: string;
}

/** Figures from one kernel: within a run they may be compared, between runs only with care. */
export interface KernelRun {
  /** What was read, in words. */
  readonly place: string;
  readonly kind: 'kernel' | 'fake';
  /** What `uname -r` says where it ran. */
  readonly kernel: string;
  readonly dumps: readonly DumpFigures[];
  readonly growth: readonly DumpFigures[];
  /** Whole processes of ipvsadm; only where it and a kernel with IPVS are there. */
  readonly processes: readonly ProcessFigures[];
}

/** Everything that one `npm run bench` measured: what `--json` writes. */
export interface BenchResults {
  readonly date: string;
  readonly machine: Machine;
  readonly runs: readonly KernelRun[];
  readonly codec: readonly CodecFigures[];
  /** What the reader has to know to judge the figures. */
  readonly notes: readonly string[];
}

/** What a guest of the lab hands back. */
export interface GuestResults {
  readonly run: KernelRun;
  readonly notes: readonly string[];
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
