import { didYouMean } from '../../text/closest-name.ts';
import { CommandError, Status } from './command-error.ts';
import { type CommandLineOption, type OptionDescription, optionSections } from './options.ts';

/** An option as it occurs on a command line. */
export interface Occurrence<Option = CommandLineOption> {
  readonly option: Option;
  readonly value: string | undefined;
  /** The option as it was typed, without its value: `-t`, `--tcp-service`. */
  readonly typed: string;
}

/** Options by their spellings: `--netns`, `-n`. */
export type OptionsBySpelling<Option> = ReadonlyMap<string, Option>;

/** Returns a map of options by their spellings. */
export function optionsBySpelling<Option extends OptionDescription>(
  options: Iterable<Option>,
): OptionsBySpelling<Option> {
  const bySpelling = new Map<string, Option>();
  for (const option of options) {
    bySpelling.set(`--${option.long}`, option);
    if (option.short !== undefined) bySpelling.set(`-${option.short}`, option);
  }
  return bySpelling;
}

/** The options of ipvsadm's command line and the additions to it. */
export const commandOptions: OptionsBySpelling<CommandLineOption> = optionsBySpelling(
  optionSections.flatMap(({ options }) => options),
);

/**
 * Reads options one by one, as libpopt does for ipvsadm: short options may be combined, a value follows its
 * letter with or without `=` or is the next argument, long options are not abbreviated, operands may be anywhere,
 * and after `--` there are only operands. An optional value is taken from the next argument, unless that begins
 * with a dash or the option only accepts it after `=`.
 */
export class OptionReader<Option extends OptionDescription> {
  /** The operands read so far. */
  readonly operands: string[] = [];
  readonly #args: readonly string[];
  readonly #options: OptionsBySpelling<Option>;
  #next = 0;
  /** The rest of combined short options (`-Ln`). */
  #cluster = '';

  constructor(args: readonly string[], options: OptionsBySpelling<Option>) {
    this.#args = args;
    this.#options = options;
  }

  /** Returns the next option; undefined at the end. Throws a CommandError. */
  next(): Occurrence<Option> | undefined {
    if (this.#cluster !== '') return this.#short();
    while (this.#next < this.#args.length) {
      const arg = this.#args[this.#next++]!;
      if (arg === '--') {
        while (this.#next < this.#args.length) this.operands.push(this.#args[this.#next++]!);
      } else if (arg === '-' || !arg.startsWith('-')) {
        this.operands.push(arg);
      } else if (arg.startsWith('--')) {
        return this.#long(arg);
      } else {
        this.#cluster = arg.slice(1);
        return this.#short();
      }
    }
    return undefined;
  }

  #long(arg: string): Occurrence<Option> {
    const equals = arg.indexOf('=');
    const typed = equals < 0 ? arg : arg.slice(0, equals);
    const option = this.#options.get(typed);
    if (option === undefined) throw this.#unknown(typed);
    if (equals < 0) return this.#withValue(option, typed, undefined);
    if (option.value === undefined)
      throw new CommandError(`${typed}: this option takes no value`, Status.INVALID_OPTION);
    return this.#withValue(option, typed, arg.slice(equals + 1));
  }

  #short(): Occurrence<Option> {
    const letter = this.#cluster[0]!;
    const typed = `-${letter}`;
    const option = this.#options.get(typed);
    if (option === undefined) throw this.#unknown(typed);
    const attached = this.#cluster.length > 1;
    const rest = this.#cluster.slice(this.#cluster[1] === '=' ? 2 : 1);
    this.#cluster = '';
    if (option.value === undefined) {
      this.#cluster = rest;
      return { option, value: undefined, typed };
    }
    return this.#withValue(option, typed, attached ? rest : undefined);
  }

  #withValue(option: Option, typed: string, attached: string | undefined): Occurrence<Option> {
    if (option.value === undefined || attached !== undefined) return { option, value: attached, typed };
    const next = this.#args[this.#next];
    const { valueOptional = false } = option;
    if (valueOptional === 'attached' || (valueOptional && (next === undefined || next.startsWith('-'))))
      return { option, value: undefined, typed };
    if (next === undefined) {
      throw new CommandError(`${typed}: missing value (${option.value})`, Status.INVALID_OPTION);
    }
    this.#next++;
    return { option, value: next, typed };
  }

  #unknown(typed: string): CommandError {
    const suggestion = typed.startsWith('--') ? didYouMean(typed, this.#options.keys()) : '';
    return new CommandError(`${typed}: unknown option${suggestion}`, Status.INVALID_OPTION);
  }
}
