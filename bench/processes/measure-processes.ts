import { spawnSync } from 'node:child_process';
import { inNetworkNamespace } from '../../lib/netlink/socket/network-namespace.ts';
import { type ExternalSubject, measureInTurn, type SamplingOptions } from '../sampling/in-turn.ts';
import type { Samples } from '../sampling/samples.ts';
import { type BenchmarkTable, destinationCount, type TableKind } from '../tables/benchmark-tables.ts';
import type { Program, ProgramName } from './programs.ts';
import { timedEnvironment } from './timed-environment.ts';

/** The times of whole processes that list one table, from start to exit. */
export interface ProcessFigures {
  readonly table: string;
  readonly kind: TableKind;
  readonly services: number;
  readonly destinations: number;
  /** The samples of each program, in milliseconds, measured in turn. */
  readonly programs: readonly { readonly program: ProgramName; readonly samples: Samples }[];
}

/** The options of measuring processes: each sample is a new process. */
export interface ProcessOptions {
  readonly rounds: number;
}

/** Maximum length of a program's output, in bytes. */
const MAXIMUM_OUTPUT = 2 ** 28;

/** Runs a program, in a network namespace if one is given, and returns its output. */
function run(program: Program, netns: string | undefined, stdout: 'ignore' | 'pipe'): string {
  const spawn = () =>
    spawnSync(program.command, program.args, {
      stdio: ['ignore', stdout, 'inherit'],
      env: timedEnvironment(),
      encoding: 'utf8',
      maxBuffer: MAXIMUM_OUTPUT,
    });
  const result = netns === undefined ? spawn() : inNetworkNamespace(netns, spawn);
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0)
    throw new Error(`${[program.command, ...program.args].join(' ')} ended with status ${result.status}`);
  return result.stdout ?? '';
}

function isInstalled(program: Program): boolean {
  return (
    !program.listsTable ||
    program.command.includes('/') ||
    spawnSync(program.command, ['--version']).error === undefined
  );
}

/**
 * Measures programs from start to exit in about `seconds` seconds; those that are not installed are left out.
 * Throws if one lists another number of services or destinations than the table has.
 */
export async function measureProcesses(
  benchmarkTable: BenchmarkTable,
  programs: readonly Program[],
  netns: string | undefined,
  { rounds }: ProcessOptions,
  seconds: number,
  progress: (text: string) => void,
): Promise<ProcessFigures> {
  const { name: table, kind, services } = benchmarkTable;
  const destinations = destinationCount(benchmarkTable);
  const installed = programs.filter(isInstalled);
  for (const program of installed.filter(({ listsTable }) => listsTable)) {
    const lines = run(program, netns, 'pipe')
      .split('\n')
      .filter((line) => /^-[Aa] /.test(line)).length;
    if (lines !== services + destinations)
      throw new Error(`${program.name} listed ${lines} rules of ${table}, not ${services + destinations}`);
  }
  // Each has already run once, to check its output.
  const options: SamplingOptions = { rounds, seconds, sampleTime: 0, warmUp: 0 };
  const subjects = new Map<ProgramName, ExternalSubject>(
    installed.map((program) => [
      program.name,
      {
        sample: async () => {
          const started = performance.now();
          run(program, netns, 'ignore');
          return performance.now() - started;
        },
      },
    ]),
  );
  const samples = await measureInTurn(subjects, options, (name, round) =>
    progress(`processes ${table}: ${name}, round ${round} of at most ${rounds}`),
  );
  return {
    table,
    kind,
    services,
    destinations,
    programs: [...samples].map(([program, times]) => ({ program, samples: times })),
  };
}
