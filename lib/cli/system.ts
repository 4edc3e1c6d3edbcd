import type { IpvsMethods } from '../ipvs/methods.ts';
import type { MissingRight } from './kernel/rights.ts';
import type { HostLookup } from './names/hosts.ts';
import type { ServicesFile } from './names/services-file.ts';
import type { Source } from './parse/command.ts';

/** A client as commands use it. */
export type Client = IpvsMethods<'sync'> & {
  close(): void;
  /** Of a client of a capture: what is to be said about the capture. */
  readonly capture?: {
    /** Throws a CommandLineError where what was read is not whole in the capture. */
    checkWhole(): void;
    /** An error in words about the capture. */
    explain(error: unknown): unknown;
  };
};

/** A client for a command that goes on while requests are under way. */
export type AsyncClient = IpvsMethods<'async'> & { close(): Promise<void> };

/** What the command line needs of the machine that it runs on. */
export interface System {
  /** Does what takes so short that its code had better not be optimised much. */
  briefly(work: () => Promise<number>): Promise<number>;
  /** Writes to standard output. Throws an OutputClosed when nobody reads it any more. */
  write(text: string): void;
  /** Whether a person reads standard output at a terminal. */
  isTerminal(): Promise<boolean>;
  /** Writes a line to standard error. */
  writeError(line: string): void;
  /** All of standard input. */
  readInput(): string;
  /** A client of the kernel, or of a capture. */
  open(source: Source): Promise<Client>;
  /** The same for a command that runs on: no capture. */
  openAsync(source: Source): Promise<AsyncClient>;
  /** Loads the kernel's module; false where that cannot be done. */
  loadModule(): Promise<boolean>;
  /** What this process lacks where IPVS refuses it. */
  missingRight(): MissingRight;
  /** The kernel's table of connections, as /proc has it. */
  readConnections(source: Source): Promise<string>;
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
