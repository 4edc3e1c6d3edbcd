import type { Random } from '../random.ts';

/** Text that parsers tend to handle wrongly: control and bidirectional characters, unusual spaces, large numbers. */
const ODD: readonly string[] = [
  ...'\0\x07\x1b\r\n\t \x7f\x85\x9b\xa0\u061c\u200b\u202e\u2028\u2066\ufeff\ufffd\u{1f600}\u{e0041}'.split(
    /(?:)/u,
  ),
  '\x1b[2J',
  '\ud800',
  '__proto__',
  'constructor',
  'toString',
  '0',
  '-1',
  '00',
  '1e999',
  '65535',
  '65536',
  '4294967295',
  '4294967296',
  '9007199254740993',
  'NaN',
  'é',
];
const TOKENS = /\s+|[\p{L}\p{N}_]+|./gsu;

/** Returns the text with one random change to its tokens. `other` is another text, from which tokens may be copied. */
export function mutateText(
  random: Random,
  text: string,
  other: string,
  dictionary: readonly string[],
): string {
  const tokens = text.match(TOKENS) ?? [];
  const at = random.below(tokens.length + 1);
  const length = 1 + random.below(random.pick([1, 2, 8]));
  switch (random.below(9)) {
    case 0:
      tokens.splice(at, length);
      break;
    case 1:
      tokens.splice(at, 0, ...tokens.slice(at, at + length));
      break;
    case 2:
      tokens.splice(random.below(tokens.length + 1), 0, ...tokens.splice(at, length));
      break;
    case 3: {
      const others = other.match(TOKENS) ?? [];
      const from = random.below(others.length + 1);
      tokens.splice(at, random.below(length + 1), ...others.slice(from, from + 4 * length));
      break;
    }
    case 4:
      tokens.splice(at, random.below(2), random.pick(ODD));
      break;
    case 5:
    case 6:
      tokens.splice(at, random.below(2), random.pick(dictionary));
      break;
    case 7: {
      const token = tokens[at] ?? '';
      const offset = random.below(token.length + 1);
      const odd = random.oneIn(2)
        ? random.pick(ODD)
        : String.fromCharCode(random.below(random.pick([128, 256, 65536])));
      tokens[at] = token.slice(0, offset) + odd + token.slice(offset + random.below(2));
      break;
    }
    default:
      tokens[at] = (tokens[at] ?? '').slice(0, random.below((tokens[at] ?? '').length + 1));
  }
  return tokens.join('');
}

/** Selects a run of tokens, and returns the function that returns the text with this run `times` times. */
export function growText(random: Random, text: string): (times: number) => string {
  const tokens = text.match(TOKENS) ?? [];
  const start = random.below(tokens.length + 1);
  const end = start + 1 + random.below(random.pick([1, 4, 32]));
  const [before, repeated, after] = [tokens.slice(0, start), tokens.slice(start, end), tokens.slice(end)];
  return (times) => before.join('') + repeated.join('').repeat(times) + after.join('');
}
