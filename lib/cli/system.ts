import type { CounterValues } from '../../protocol/ipvs/index.ts';
import type { IpvsMethods } from '../ipvs/methods.ts';
import type { ByteSource } from '../ipvs/proc/connection-reader.ts';
import type { NamespaceLock } from '../service/namespace-lock.ts';
import type { MissingRight } from './kernel/rights.ts';
import type { HostLookup } from './names/hosts.ts';
import type { ServicesFile } from './names/services-file.ts';
import type { TableSource } from './parse/command.ts';
import type { Screen } from './top/screen/screen.ts';

/** A client as commands use it. */
export type Client = IpvsMethods<'sync'> & {
  close(): void;
  /** The capture that the client reads, if it reads one. */
  readonly capture?: {
    /** Throws a CommandLineError where something that was read is not whole in the capture. */
    assertComplete(): void;
    /** Turns an error into one that names the capture. */
    explain(error: unknown): unknown;
  };
};

/** A client for a command that goes on while requests are under way. */
export type AsyncClient = IpvsMethods<'async'> & { close(): Promise<void> };

/** The parts of the machine that the command line uses. */
export interface System {
  /** Runs a short task for which V8 should not optimise much. */
  briefly(work: () => Promise<number>): Promise<number>;
  /** Writes to standard output. Throws an OutputClosed when nobody reads it any more. */
  write(text: string | Uint8Array): void;
  /** Whether a person reads standard output at a terminal. */
  isTerminal(): Promise<boolean>;
  /** The terminal that a person sits at, if there is one that can be drawn on as a whole. */
  screen(): Promise<Screen | undefined>;
  /** Writes a line to standard error. */
  writeError(line: string): void;
  /** All of standard input. */
  readInput(): string;
  /** A client of the kernel, or of a capture. */
  open(source: TableSource): Promise<Client>;
  /** A client of the kernel for a command that runs on. */
  openAsync(source: TableSource): Promise<AsyncClient>;
  /** Loads the kernel's module; false where that cannot be done. */
  loadModule(): Promise<boolean>;
  /** Takes the lock of a network namespace, by its path. Throws a LockedError. */
  lockNamespace(netns: string | undefined): Promise<NamespaceLock>;
  /** The right that this process lacks where IPVS refuses it. */
  missingRight(): MissingRight;
  /** The kernel's table of connections, or a copy of it, as /proc has it. */
  connections(source: TableSource): Promise<ByteSource>;
  /** The traffic through all of IPVS. */
  readStatistics(source: TableSource): Promise<CounterValues>;
  /** Settled when the process is asked to end, by SIGINT or SIGTERM. */
  untilStopped(): Promise<void>;
  hosts(): Promise<HostLookup>;
  /** The names of ports. */
  services(): ServicesFile;
}

/** The reader of standard output went away. */
export class OutputClosed extends Error {
  constructor() {
    super('standard output is closed');
    this.name = 'OutputClosed';
  }
}
