import { CommandLineError, Status } from './command-line-error.ts';
import { type CommandLineOption, optionSections } from './options.ts';

/** An option as it was met. */
export interface Occurrence {
  readonly option: CommandLineOption;
  readonly value: string | undefined;
  /** The option as it was typed, without its value: `-t`, `--tcp-service`. */
  readonly typed: string;
}

const byLong = new Map<string, CommandLineOption>();
const byShort = new Map<string, CommandLineOption>();
for (const { options } of optionSections) {
  for (const option of options) {
    byLong.set(option.long, option);
    if (option.short !== undefined) byShort.set(option.short, option);
  }
}

/**
 * Reads options one by one, as libpopt does for ipvsadm: single letters in clusters, a value behind
 * its letter with or without `=` or as the next word, long options in full, operands anywhere, and
 * only operands after `--`. A value that may be left out is taken from the next word unless that
 * begins with a dash.
 */
export class OptionReader {
  /** Words that are no options, so far. */
  readonly operands: string[] = [];
  readonly #words: readonly string[];
  #next = 0;
  #cluster = '';

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  /** The next option; undefined when there is none. Throws a CommandLineError. */
  next(): Occurrence | undefined {
    if (this.#cluster !== '') return this.#short();
    while (this.#next < this.#words.length) {
      const word = this.#words[this.#next++]!;
      if (word === '--') {
        this.operands.push(...this.#words.slice(this.#next));
        this.#next = this.#words.length;
      } else if (word === '-' || !word.startsWith('-')) {
        this.operands.push(word);
      } else if (word.startsWith('--')) {
        return this.#long(word);
      } else {
        this.#cluster = word.slice(1);
        return this.#short();
      }
    }
    return undefined;
  }

  #long(word: string): Occurrence {
    const equals = word.indexOf('=');
    const typed = equals < 0 ? word : word.slice(0, equals);
    const option = byLong.get(typed.slice(2));
    if (option === undefined) throw new CommandLineError(`${word}: unknown option`, Status.REFUSED);
    if (equals < 0) return this.#withValue(option, typed, undefined);
    if (option.value === undefined)
      throw new CommandLineError(`${typed}: this option takes no value`, Status.REFUSED);
    return this.#withValue(option, typed, word.slice(equals + 1));
  }

  #short(): Occurrence {
    const letter = this.#cluster[0]!;
    const typed = `-${letter}`;
    const option = byShort.get(letter);
    if (option === undefined) throw new CommandLineError(`${typed}: unknown option`, Status.REFUSED);
    const attached = this.#cluster.length > 1;
    const rest = this.#cluster.slice(this.#cluster[1] === '=' ? 2 : 1);
    this.#cluster = '';
    if (option.value === undefined) {
      this.#cluster = rest;
      return { option, value: undefined, typed };
    }
    return this.#withValue(option, typed, attached ? rest : undefined);
  }

  #withValue(option: CommandLineOption, typed: string, attached: string | undefined): Occurrence {
    if (option.value === undefined || attached !== undefined) return { option, value: attached, typed };
    const next = this.#words[this.#next];
    if (option.valueOptional && (next === undefined || next.startsWith('-')))
      return { option, value: undefined, typed };
    if (next === undefined) {
      throw new CommandLineError(`${typed}: its value (${option.value}) is missing`, Status.REFUSED);
    }
    this.#next++;
    return { option, value: next, typed };
  }
}
