import type { FileFormat } from '../../ipvs/desired-file/index.ts';
import type { ClientPlanOptions } from '../../ipvs/plan/index.ts';
import { CommandLineError } from '../parse/command-line-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';

/** Exit statuses of apply, diff and export: those of diff. */
export const StateStatus = {
  /** The table is as the file says. */
  SAME: 0,
  /** The table differs from the file. */
  DIFFERENT: 1,
} as const;

/** How a plan is made, by the options of a subcommand that were checked. */
export function planOptions({ own, source }: SubcommandLine): ClientPlanOptions {
  const drain = own.get('drain');
  return {
    remove: own.get('remove') as ClientPlanOptions['remove'],
    allowRemoval: allowedRemoval(own.get('allow-removal')),
    absent: own.get('absent') as ClientPlanOptions['absent'],
    keepWeights: own.has('keep-weights'),
    draining: drain === undefined ? undefined : { grace: Number(drain) * 1000 },
    strategy: source.strategy,
  };
}

function allowedRemoval(word: string | undefined): ClientPlanOptions['allowRemoval'] {
  if (word === undefined || word === 'any') return word;
  const percent = /^\d{1,3}%?$/.test(word) ? Number.parseInt(word, 10) : 101;
  if (percent > 100)
    throw new CommandLineError(`--allow-removal ${word}: must be any, or a percentage from 0 to 100`);
  return percent / 100;
}

/** How the file is written, where an option says so. */
export function fileFormat({ own }: SubcommandLine): FileFormat | undefined {
  return own.get('format') as FileFormat | undefined;
}

/** Colours are for terminals, unless NO_COLOR is set to anything but nothing. */
export function wantsColour(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTerminal && (environment.NO_COLOR ?? '') === '';
}
