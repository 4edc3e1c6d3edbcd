import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Datagrams, datagramsFile } from './tables/datagrams.ts';
import { recordingFile } from './tables/recording.ts';
import { recordedName, type Workload } from './tables/workloads.ts';

/** Records the single dump of a table; resolves to `undefined` if the kernel has none. */
export type RecordTable = (workload: Workload) => Promise<Datagrams | undefined>;

/** The single dumps of tables as files in a directory. Each is recorded once. */
export class Recordings {
  readonly #folder: string;
  readonly #record: RecordTable;
  readonly #recorded = new Map<string, Promise<Datagrams | undefined>>();

  constructor(folder: string, record: RecordTable) {
    this.#folder = folder;
    this.#record = record;
  }

  datagrams(workload: Workload): Promise<Datagrams | undefined> {
    const name = recordedName(workload);
    const dump = this.#recorded.get(name) ?? this.#record(workload);
    this.#recorded.set(name, dump);
    return dump;
  }

  /** Adds a dump that was recorded elsewhere. */
  add(workload: Workload, datagrams: Datagrams): void {
    this.#recorded.set(recordedName(workload), Promise.resolve(datagrams));
  }

  /** Returns the path of a file for the C program, see the function `datagramsFile`. */
  async datagramsFile(workload: Workload): Promise<string | undefined> {
    return this.#file(workload, 'datagrams', datagramsFile);
  }

  /** Returns the path of a pcap file. */
  async captureFile(workload: Workload): Promise<string | undefined> {
    return this.#file(workload, 'pcap', recordingFile);
  }

  async #file(
    workload: Workload,
    extension: string,
    make: (datagrams: Datagrams) => Uint8Array,
  ): Promise<string | undefined> {
    const file = join(this.#folder, `${recordedName(workload)}.${extension}`);
    if (existsSync(file)) return file;
    const datagrams = await this.datagrams(workload);
    if (datagrams === undefined) return undefined;
    writeFileSync(file, make(datagrams));
    return file;
  }
}
