import { optionSections, type PlainOption, subcommands } from '../options.ts';

/** Returns the index of the subcommand among the words of a command line; -1 if there is none. */
export function subcommandAt(words: readonly string[]): number {
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (subcommands.includes(word)) return at;
    if (!word.startsWith('--')) return -1;
    const [name, attached] = word.slice(2).split('=', 2);
    const option = anywhereOption(name!);
    if (option === undefined && name !== 'help') return -1;
    const takesNext = option?.value !== undefined && option.valueOptional === undefined;
    if (takesNext && attached === undefined) at++;
  }
  return -1;
}

/** Returns the common option with this name. */
function anywhereOption(long: string): PlainOption | undefined {
  return anywhereOptions().find((option) => option.long === long);
}

/** Returns the options that every command accepts. */
export function anywhereOptions(): PlainOption[] {
  return optionSections.flatMap(({ options }) =>
    options.filter((option): option is PlainOption => 'anywhere' in option && option.anywhere === true),
  );
}
