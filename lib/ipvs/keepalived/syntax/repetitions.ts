/** The beginning of a repeated line: `~SEQ(...)` or `~LST(...)`. */
const REPETITION = /^\s*~(SEQx?|LST)\(/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Maximum number of lines that the repetitions of a configuration make; each takes some KiB of memory. */
export const MAX_REPEATED = 16_384;

/** The values of the parameters in one iteration. */
type Iteration = ReadonlyMap<string, string>;

/** The repeated part of a line, and its iterations. */
export interface Repetition {
  readonly rest: string;
  readonly iterations: readonly Iteration[];
}

/**
 * Parses the repetition at the beginning of a line; undefined if there is none. Throws an Error that says
 * what is wrong.
 */
export function repetitionOf(text: string): Repetition | undefined {
  const opening = REPETITION.exec(text);
  if (opening === null) return undefined;
  const end = text.indexOf(')', opening[0].length);
  if (end < 0) throw new Error(`~${opening[1]} lacks its closing parenthesis`);
  const args = text.slice(opening[0].length, end);
  const rest = text.slice(end + 1);
  const iterations =
    opening[1] === 'LST' ? listIterations(args) : sequenceIterations(args, opening[1] === 'SEQx');
  return { rest, iterations };
}

/** Parses the arguments of `~SEQ`: `NAME, [START,] [STEP,] END`. */
function sequenceIterations(args: string, hexadecimal: boolean): Iteration[] {
  const [name, ...rest] = args.split(',').map((part) => part.trim());
  const numbers = rest.map(Number);
  if (!NAME.test(name!) || numbers.length < 1 || numbers.length > 3 || !numbers.every(Number.isSafeInteger))
    throw new Error('~SEQ takes a name and one to three whole numbers: (name, start, step, end)');
  const end = numbers.at(-1)!;
  const start = numbers.length > 1 ? numbers[0]! : end > 0 ? 1 : -1;
  const step = numbers.length > 2 ? numbers[1]! : end < start ? -1 : 1;
  if (step === 0) throw new Error('the step of ~SEQ must not be 0');
  if (Math.abs((end - start) / step) > MAX_REPEATED)
    throw new Error(`~SEQ gives more than ${MAX_REPEATED} values`);
  const iterations: Iteration[] = [];
  for (let value = start; step > 0 ? value <= end : value >= end; value += step)
    iterations.push(new Map([[name!, value.toString(hexadecimal ? 16 : 10)]]));
  return iterations;
}

/** Parses the arguments of `~LST`: `NAME, VALUE, ...` or `{NAME, NAME}, {VALUE, VALUE}, ...`. */
function listIterations(args: string): Iteration[] {
  const [names, ...values] =
    args
      .match(/\{[^}]*\}|[^,{}]+/g)
      ?.map(parts)
      .filter((part) => part !== undefined) ?? [];
  if (names === undefined || values.length === 0 || !names.every((name) => NAME.test(name)))
    throw new Error('~LST takes a name, or several names in braces, followed by their values');
  const count = names.length === 1 ? '1 value' : `${names.length} values`;
  return values.map((item) => {
    if (item.length !== names.length) throw new Error(`~LST needs ${count} per item, one for each name`);
    return new Map(names.map((name, index) => [name, item[index]!]));
  });
}

/** Splits a list in braces; a text without braces is a list of one. Returns undefined for white space. */
function parts(text: string): readonly string[] | undefined {
  if (text.startsWith('{'))
    return text
      .slice(1, -1)
      .split(',')
      .map((part) => part.trim());
  return text.trim() === '' ? undefined : [text.trim()];
}
