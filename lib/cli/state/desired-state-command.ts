import { parseArgs } from 'node:util';
import { DesiredFileError, type FileFormat } from '../../ipvs/desired-file/index.ts';
import type { IpvsMethods } from '../../ipvs/methods.ts';
import { DesiredStateError, type PlanOptions, pathText } from '../../ipvs/plan/index.ts';

/** A client as these commands use it. */
type PlanningClient = Pick<IpvsMethods<'sync'>, 'dump' | 'plan' | 'apply'>;

/** What `ipvs apply`, `ipvs diff` and `ipvs export` need of the machine. */
export interface DesiredStateIo {
  /** Writes to standard output. */
  write(text: string): void;
  /** Writes a line to standard error. */
  complain(line: string): void;
  /** Whether standard output shows colours, see {@link wantsColour}. */
  readonly colour: boolean;
  /** Opens a client in a network namespace (the process's own where undefined), uses it and closes it. */
  withClient<Result>(
    netns: string | undefined,
    use: (client: PlanningClient) => Promise<Result>,
  ): Promise<Result>;
}

/** Exit statuses of these commands: those of diff. */
export const DesiredStateStatus = {
  /** The table is as the file says. */
  SAME: 0,
  /** The table differs from the file. */
  DIFFERENT: 1,
  /** Wrong use, a bad file, or IPVS cannot be reached. */
  TROUBLE: 2,
} as const;

/** Colours are for terminals, unless NO_COLOR is set to anything but nothing. */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && (environment.NO_COLOR ?? '') === '';
}

/** Words of one of these commands that were understood. */
export interface DesiredStateWords {
  /** The file, `-` for standard input; empty for a command without one. */
  readonly file: string;
  readonly netns: string | undefined;
  readonly format: FileFormat | undefined;
  readonly plan: PlanOptions;
  readonly quiet: boolean;
}

const OPTIONS = {
  netns: { type: 'string' },
  format: { type: 'string' },
  remove: { type: 'string' },
  absent: { type: 'string' },
  'keep-weights': { type: 'boolean' },
  drain: { type: 'string' },
  quiet: { type: 'boolean' },
} as const;

type OptionName = keyof typeof OPTIONS;

/** A command of this kind: the options that it takes, and whether it takes a file. */
export interface DesiredStateSyntax {
  readonly usage: string;
  readonly options: readonly OptionName[];
  readonly file: boolean;
}

class UsageError extends Error {}

/** Reads the words behind the command's name. Throws an error whose message is for people. */
function readWords(words: readonly string[], syntax: DesiredStateSyntax): DesiredStateWords {
  const options = Object.fromEntries(syntax.options.map((name) => [name, OPTIONS[name]]));
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true }) as typeof parsed;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (positionals.length !== (syntax.file ? 1 : 0)) {
    throw new UsageError(syntax.file ? 'needs one file (- for standard input)' : 'takes no file');
  }
  const oneOf = <Name extends string>(option: OptionName, names: readonly Name[]): Name | undefined => {
    const value = values[option];
    if (value === undefined || names.includes(value as Name)) return value as Name | undefined;
    throw new UsageError(`--${option} ${value}: must be one of ${names.join(', ')}`);
  };
  const drain = values.drain as string | undefined;
  if (drain !== undefined && !/^\d{1,9}$/.test(drain)) {
    throw new UsageError(`--drain ${drain}: must be a whole number of seconds`);
  }
  return {
    file: positionals[0] ?? '',
    netns: values.netns as string | undefined,
    format: oneOf('format', ['json', 'yaml']),
    quiet: values.quiet === true,
    plan: {
      remove: oneOf('remove', ['all', 'destinations', 'nothing']),
      absent: oneOf('absent', ['default', 'leave']),
      keepWeights: values['keep-weights'] === true,
      draining: drain === undefined ? undefined : { grace: Number(drain) * 1000 },
    },
  };
}

/** Runs a command of this kind and turns what goes wrong into lines for people and a status. */
export async function runDesiredStateCommand(
  words: readonly string[],
  syntax: DesiredStateSyntax,
  io: DesiredStateIo,
  run: (words: DesiredStateWords) => Promise<number>,
): Promise<number> {
  try {
    return await run(readWords(words, syntax));
  } catch (error) {
    for (const line of linesFor(error)) io.complain(`ipvs: ${line}`);
    if (error instanceof UsageError) io.complain(`usage: ipvs ${syntax.usage}`);
    return DesiredStateStatus.TROUBLE;
  }
}

function linesFor(error: unknown): readonly string[] {
  if (error instanceof DesiredFileError) return error.message.split('\n');
  if (error instanceof DesiredStateError) {
    return error.mistakes.map(({ path, problem }) => `${pathText(path)} ${problem}`);
  }
  return [(error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, '; ')];
}
