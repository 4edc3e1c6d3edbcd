import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CDecoder, compileDecoder } from './decoding/c-decoder.ts';
import { measureInChildProcess } from './decoding/codec-process.ts';
import type { CodecFigures, CodecInput } from './decoding/measure-codec.ts';
import type { UserSpaceRun } from './figures.ts';
import type { UserSpacePlan } from './plan.ts';
import { measureProcesses, type ProcessFigures } from './processes/measure-processes.ts';
import { programsReading } from './processes/programs.ts';
import type { Recordings } from './recordings.ts';
import type { Step } from './sampling/time-budget.ts';
import { adversarialDump, ordinaryServices } from './tables/adversarial.ts';
import { type BenchmarkTable, benchmarkTableNamed } from './tables/benchmark-tables.ts';
import { datagramsFile } from './tables/datagrams.ts';
import { FIXTURE, fixtureDump } from './tables/recorded-fixture.ts';

/**
 * The C program that lists a table with the single dump (`ipvs-list`), or the reason why it could not be compiled.
 */
export type IpvsListProgram = { readonly program: string } | { readonly unavailable: string };

/** Shares of the time for a step of either kind, relative to that for decoding an ordinary table. */
const PROCESSES_TIME_SHARE = 0.5;
const ADVERSARIAL_TIME_SHARE = 0.5;

/** Runs, step by step, the measurements in user space, without IPVS, and collects the results. */
export class UserSpaceMeasurement {
  readonly #processFigures: ProcessFigures[] = [];
  readonly #codecFigures: CodecFigures[] = [];
  readonly #source: string;
  readonly #ipvsList: () => Promise<IpvsListProgram>;
  #noIpvsListReason: string | undefined;
  readonly steps: readonly Step[];

  /**
   * @param folder directory for temporary files
   * @param source description of where the datagrams were recorded, for the report
   */
  constructor(
    plan: UserSpacePlan,
    folder: string,
    recordings: Recordings,
    source: string,
    ipvsList: () => Promise<IpvsListProgram>,
    progress: (text: string) => void,
  ) {
    this.#source = source;
    this.#ipvsList = ipvsList;
    let decoder: Promise<CDecoder> | undefined;
    const measureCodecOn = async (input: CodecInput, file: string, seconds: number): Promise<void> => {
      const started = performance.now();
      decoder ??= compileDecoder(folder);
      const compiled = await decoder;
      const left = seconds - (performance.now() - started) / 1000;
      const request = { input, file, decoder: compiled, options: plan.codecOptions, seconds: left };
      this.#codecFigures.push(await measureInChildProcess(request, progress));
    };
    this.steps = [
      ...plan.listedTables.map(
        (benchmarkTable): Step => ({
          name: `process ${benchmarkTable.name}`,
          timeShare: PROCESSES_TIME_SHARE,
          run: (seconds) => this.#measurePrograms(benchmarkTable, recordings, plan, seconds, progress),
        }),
      ),
      ...plan.codecTables.map(
        (benchmarkTable): Step => ({
          name: `codec ${benchmarkTable.name}`,
          timeShare: 1,
          run: async (seconds) => {
            progress(`codec ${benchmarkTable.name}: recording`);
            const started = performance.now();
            const file = await recordings.datagramsFile(benchmarkTable);
            const left = seconds - (performance.now() - started) / 1000;
            if (file !== undefined)
              await measureCodecOn({ table: benchmarkTable.name, kind: 'benchmark', source }, file, left);
          },
        }),
      ),
      ...(plan.fixture ? [FIXTURE] : []).map(
        (fixture): Step => ({
          name: 'codec fixture',
          timeShare: 1,
          run: async (seconds) => {
            const file = join(folder, 'fixture.datagrams');
            writeFileSync(file, datagramsFile(fixtureDump()));
            await measureCodecOn(
              { table: 'fixture', kind: 'fixture', source: `${fixture}, repeated` },
              file,
              seconds,
            );
          },
        }),
      ),
      ...plan.adversarial.map(
        (table): Step => ({
          name: `codec adversarial ${table.name}`,
          timeShare: ADVERSARIAL_TIME_SHARE,
          run: async (seconds) => {
            const ordinary = await recordings.datagrams(benchmarkTableNamed('uniform'));
            if (ordinary === undefined) return;
            const file = join(folder, `${table.name}.datagrams`);
            writeFileSync(file, datagramsFile(adversarialDump(table, ordinaryServices(ordinary))));
            const input = {
              table: table.name,
              kind: 'adversarial',
              source,
              offset: table.offset ?? 0,
            } as const;
            await measureCodecOn(input, file, seconds);
          },
        }),
      ),
    ];
  }

  async #measurePrograms(
    benchmarkTable: BenchmarkTable,
    recordings: Recordings,
    { processOptions }: UserSpacePlan,
    seconds: number,
    progress: (text: string) => void,
  ): Promise<void> {
    progress(`processes ${benchmarkTable.name}: recording`);
    const started = performance.now();
    const file = await recordings.captureFile(benchmarkTable);
    if (file === undefined) return;
    const ipvsList = await this.#ipvsList();
    if ('unavailable' in ipvsList) this.#noIpvsListReason = ipvsList.unavailable;
    const programs = programsReading(file, 'program' in ipvsList ? ipvsList.program : undefined);
    const left = seconds - (performance.now() - started) / 1000;
    this.#processFigures.push(
      await measureProcesses(benchmarkTable, programs, undefined, processOptions, left, progress),
    );
  }

  /** Returns the results; `skipped` names the steps for which there was no time. */
  results(skipped: readonly string[]): UserSpaceRun {
    return {
      source: this.#source,
      processes: this.#processFigures,
      codec: this.#codecFigures,
      skipped,
      ...(this.#noIpvsListReason !== undefined && { noIpvsListReason: this.#noIpvsListReason }),
    };
  }
}
