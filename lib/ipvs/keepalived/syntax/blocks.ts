import type { Line } from './parameters.ts';
import type { Position, Report } from './report.ts';

/** A word of a configuration, without its quotes. */
export interface Word extends Position {
  readonly text: string;
}

/** A statement of a configuration: a keyword, its values, and its block where it has one. */
export interface Statement {
  readonly keyword: Word;
  readonly values: readonly Word[];
  readonly block: readonly Statement[] | undefined;
}

/** Maximum depth of nested blocks. */
const MAX_DEPTH = 32;

/** Parses lines into nested statements. Braces that do not match are reported. */
export function statementsOf(lines: Iterable<Line>, report: Report): readonly Statement[] {
  const root: Statement[] = [];
  /** The blocks that are open, with the brace that opened each. */
  const open: { readonly block: Statement[]; readonly brace: Word | undefined }[] = [
    { block: root, brace: undefined },
  ];
  /** The last statement that ended at the end of its line: a brace may follow on the next one. */
  let last: Statement | undefined;
  const end = (words: Word[], block: Statement[] | undefined): void => {
    const [keyword, ...values] = words.splice(0);
    if (keyword === undefined) return;
    last = { keyword, values, block };
    open.at(-1)!.block.push(last);
  };
  for (const line of lines) {
    const words: Word[] = [];
    for (const word of wordsOf(line)) {
      if (word.text === '{' && !word.quoted) {
        const block: Statement[] = [];
        if (words.length === 0 && last !== undefined && last.block === undefined) {
          const { keyword, values } = last;
          open.at(-1)!.block.splice(-1, 1, { keyword, values, block });
        } else if (words.length === 0) report.mistake(word, 'a block needs a keyword before its brace');
        else end(words, block);
        last = undefined;
        if (open.length === MAX_DEPTH) report.mistake(word, `blocks are more than ${MAX_DEPTH} deep`);
        open.push({ block, brace: word });
      } else if (word.text === '}' && !word.quoted) {
        end(words, undefined);
        last = undefined;
        if (open.length === 1) report.mistake(word, 'there is no block that this brace could end');
        else open.pop();
      } else words.push(word);
    }
    end(words, undefined);
  }
  const { brace } = open.at(-1)!;
  if (brace !== undefined) report.mistake(brace, 'the block that begins here has no end');
  return root;
}

interface LexedWord extends Word {
  readonly quoted: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The characters that continue a word, outside of quotes and inside of them. */
const PLAIN = /[^\s{}"'\\]*/y;
const QUOTED = /[^"'\\]*/y;

/** The words of a line; what stands in quotes belongs to the word around it. */
function* wordsOf({ file, number, text, substitutedFrom }: Line): Generator<LexedWord> {
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    const column = Math.min(at + 1, substitutedFrom ?? Number.POSITIVE_INFINITY);
    const position = { file, line: number, column };
    if (text[at] === '{' || text[at] === '}') {
      yield { ...position, text: text[at++]!, quoted: false };
      continue;
    }
    let word = '';
    let quote = '';
    let quoted = false;
    while (at < text.length) {
      const plain = quote === '' ? PLAIN : QUOTED;
      plain.lastIndex = at;
      const [run] = plain.exec(text)!;
      word += run;
      at += run.length;
      const character = text[at];
      if (character === undefined) break;
      if (character === '\\') {
        const escaped = text[at + 1] ?? character;
        word += ESCAPES[escaped] ?? escaped;
        at += 2;
      } else if (quote !== '') {
        if (character === quote) quote = '';
        else word += character;
        at++;
      } else if (character === '"' || character === "'") {
        quote = character;
        quoted = true;
        at++;
      } else if (character === '{' && word.endsWith('$')) {
        // A parameter that is not defined stays as it is written.
        const end = text.indexOf('}', at);
        const rest = text.slice(at, end < 0 ? text.length : end + 1);
        word += rest;
        at += rest.length;
      } else break;
    }
    yield { ...position, text: word, quoted };
  }
}
