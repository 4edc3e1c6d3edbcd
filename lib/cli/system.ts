import type { CounterValues } from '../../protocol/ipvs/index.ts';
import type { IpvsMethods } from '../ipvs/methods.ts';
import type { ByteSource } from '../ipvs/proc/connection-reader.ts';
import type { NamespaceLock } from '../reconciler/namespace-lock.ts';
import type { MissingPrivilege } from './kernel/privileges.ts';
import type { HostLookup } from './names/hosts.ts';
import type { ServicesFile } from './names/services-file.ts';
import type { TableLocation } from './parse/command.ts';
import type { Screen } from './top/screen/screen.ts';

/** A client as commands use it. */
export type Client = IpvsMethods<'sync'> & {
  close(): void;
  /** The capture that the client reads, if it reads one. */
  readonly capture?: {
    /** Length of its packets together, in bytes. */
    readonly size: number;
    /** Throws a CommandError if something that was read is incomplete in the capture. */
    assertComplete(): void;
    /** Returns the error to report instead of `error`: its message names the capture. */
    explain(error: unknown): unknown;
  };
};

/** A client for a command that does other things while requests are pending. */
export type AsyncClient = IpvsMethods<'async'> & { close(): Promise<void> };

/** The environment of the command line: standard streams, kernel, name lookups. */
export interface System {
  /**
   * Stops V8 from inlining functions, which makes listing a large table faster. For a small one, loading node:v8 takes
   * longer than that saves.
   */
  stopInlining(): void;
  /** Writes to standard output. Throws an OutputClosed if it is a pipe whose reader has closed it. */
  write(text: string | Uint8Array): void;
  /** Whether standard output is a terminal. */
  isTerminal(): Promise<boolean>;
  /** Returns the terminal for full-screen output; undefined if there is none. */
  screen(): Promise<Screen | undefined>;
  /** Writes a line to standard error. */
  writeError(line: string): void;
  /** Reads all of standard input. */
  readInput(): string;
  /** Opens a client of a kernel, a capture or a fake kernel. */
  open(location: TableLocation): Promise<Client>;
  /** Opens an asynchronous client of a kernel or a fake kernel. */
  openAsync(location: TableLocation): Promise<AsyncClient>;
  /** Loads the kernel module; resolves to false if that fails. */
  loadModule(): Promise<boolean>;
  /** Takes the lock of a network namespace, by its path. Throws a LockedError. */
  lockNamespace(netns: string | undefined): Promise<NamespaceLock>;
  /** Returns why this process may not use IPVS. */
  missingPrivilege(): MissingPrivilege;
  /** Opens /proc/net/ip_vs_conn, or a copy of it. */
  openConnectionsFile(location: TableLocation): Promise<ByteSource>;
  /** Reads the counters of the traffic through all of IPVS (/proc/net/ip_vs_stats). */
  readStatistics(location: TableLocation): Promise<CounterValues>;
  /** Resolves on SIGINT or SIGTERM. */
  untilStopped(): Promise<void>;
  /** Returns a lookup of hosts and addresses. */
  hostLookup(): Promise<HostLookup>;
  /** Returns the names of ports. */
  servicesFile(): ServicesFile;
}

/** The reader of standard output, a pipe, has closed it. */
export class OutputClosed extends Error {
  constructor() {
    super('standard output is closed');
    this.name = 'OutputClosed';
  }
}
