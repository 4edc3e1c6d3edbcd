import type { FileFormat } from '../../ipvs/desired-file/index.ts';
import type { ClientPlanOptions } from '../../ipvs/plan/index.ts';
import { CommandError } from '../parse/command-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';

/**
 * Exit statuses of the subcommands that work on a desired state, the same as those of diff(1). Most other subcommands
 * use `FAILED`, too.
 */
export const DiffStatus = {
  /** The table matches the file. */
  SAME: 0,
  /** The table differs from the file. */
  DIFFERENT: 1,
  /** The subcommand failed, so whether they match could not be determined, as in diff(1). */
  FAILED: 2,
} as const;

/** Returns the options of a plan, from the checked options of a subcommand. */
export function planOptions({ options, location }: SubcommandLine): ClientPlanOptions {
  const drain = options.get('drain');
  return {
    remove: options.get('remove') as ClientPlanOptions['remove'],
    allowRemoval: allowedRemoval(options.get('allow-removal')),
    absent: options.get('absent') as ClientPlanOptions['absent'],
    keepWeights: options.has('keep-weights'),
    draining: drain === undefined ? undefined : { grace: Number(drain) * 1000 },
    strategy: location.strategy,
  };
}

function allowedRemoval(word: string | undefined): ClientPlanOptions['allowRemoval'] {
  if (word === undefined || word === 'any') return word;
  const percent = /^\d{1,3}%?$/.test(word) ? Number.parseInt(word, 10) : 101;
  if (percent > 100)
    throw new CommandError(`--allow-removal ${word}: must be any, or a percentage from 0 to 100`);
  return percent / 100;
}

/** Returns the value of --format; undefined if it was not given. */
export function fileFormat({ options }: SubcommandLine): FileFormat | undefined {
  return options.get('format') as FileFormat | undefined;
}

/** Whether to use colours: on a terminal, unless NO_COLOR is set and not empty. */
export function usesColour(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTerminal && (environment.NO_COLOR ?? '') === '';
}
