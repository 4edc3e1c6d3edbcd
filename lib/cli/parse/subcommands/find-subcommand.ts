import { type ModifyingOption, type OptionDescription, optionSections, subcommandNames } from '../options.ts';

/** Returns the index of the subcommand among the arguments of a command line; -1 if there is none. */
export function subcommandAt(args: readonly string[]): number {
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (subcommandNames.includes(word)) return at;
    if (!word.startsWith('--')) return -1;
    const [name, attached] = word.slice(2).split('=', 2);
    const option = commonOptions().find(({ long }) => long === name);
    if (option === undefined && name !== 'help') return -1;
    const takesNext = option?.value !== undefined && option.valueOptional === undefined;
    if (takesNext && attached === undefined) at++;
  }
  return -1;
}

/** The option that every subcommand has. */
export const HELP: OptionDescription = { long: 'help', short: 'h', help: 'show this help' };

/** Returns the options that may also precede a command or subcommand. */
export function commonOptions(): ModifyingOption[] {
  return optionSections.flatMap(({ options }) =>
    options.filter(
      (option): option is ModifyingOption =>
        'mayPrecedeCommand' in option && option.mayPrecedeCommand === true,
    ),
  );
}
