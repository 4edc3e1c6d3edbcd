import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchmarkTable, recordingName } from './tables/benchmark-tables.ts';
import { type Datagrams, datagramsFile } from './tables/datagrams.ts';
import { recordingFile } from './tables/recording.ts';

/**
 * Records the single dump of a table (IPVS_CMD_GET_SERVICE_DEST: services with their destinations in one dump);
 * resolves to `undefined` if the kernel lacks this command.
 */
export type RecordTable = (benchmarkTable: BenchmarkTable) => Promise<Datagrams | undefined>;

/** Recordings of the single dumps of tables, as files in a directory. Each is made once. */
export class Recordings {
  readonly #folder: string;
  readonly #record: RecordTable;
  readonly #recorded = new Map<string, Promise<Datagrams | undefined>>();

  constructor(folder: string, record: RecordTable) {
    this.#folder = folder;
    this.#record = record;
  }

  datagrams(benchmarkTable: BenchmarkTable): Promise<Datagrams | undefined> {
    const name = recordingName(benchmarkTable);
    const dump = this.#recorded.get(name) ?? this.#record(benchmarkTable);
    this.#recorded.set(name, dump);
    return dump;
  }

  /** Adds a dump that was recorded elsewhere. */
  add(benchmarkTable: BenchmarkTable, datagrams: Datagrams): void {
    this.#recorded.set(recordingName(benchmarkTable), Promise.resolve(datagrams));
  }

  /** Returns the path of a file for the C program, see the function `datagramsFile`. */
  async datagramsFile(benchmarkTable: BenchmarkTable): Promise<string | undefined> {
    return this.#file(benchmarkTable, 'datagrams', datagramsFile);
  }

  /** Returns the path of a pcap file. */
  async captureFile(benchmarkTable: BenchmarkTable): Promise<string | undefined> {
    return this.#file(benchmarkTable, 'pcap', recordingFile);
  }

  async #file(
    benchmarkTable: BenchmarkTable,
    extension: string,
    make: (datagrams: Datagrams) => Uint8Array,
  ): Promise<string | undefined> {
    const file = join(this.#folder, `${recordingName(benchmarkTable)}.${extension}`);
    if (existsSync(file)) return file;
    const datagrams = await this.datagrams(benchmarkTable);
    if (datagrams === undefined) return undefined;
    writeFileSync(file, make(datagrams));
    return file;
  }
}
