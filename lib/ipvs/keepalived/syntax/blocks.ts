import type { Line } from './parameters.ts';
import type { Position, Report } from './report.ts';

/** A word of a configuration, without its quotes. */
export interface Word extends Position {
  readonly text: string;
}

/** A statement of a configuration: a keyword, its values, and its block if it has one. */
export interface Statement {
  readonly keyword: Word;
  readonly values: readonly Word[];
  readonly block: readonly Statement[] | undefined;
}

/** Maximum depth of nested blocks. */
const MAX_DEPTH = 32;

/** Parses lines into nested statements. Reports braces that do not match. */
export function statementsOf(lines: Iterable<Line>, report: Report): readonly Statement[] {
  const root: Statement[] = [];
  /** The open blocks, innermost last, each with its opening brace. */
  const open: { readonly block: Statement[]; readonly brace: Word | undefined }[] = [
    { block: root, brace: undefined },
  ];
  /** The previous statement, if it ended with its line: its block may begin on the next line. */
  let last: Statement | undefined;
  const addStatement = (words: Word[], block: Statement[] | undefined): void => {
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
        } else if (words.length === 0) report.error(word, 'a block needs a keyword before its brace');
        else addStatement(words, block);
        last = undefined;
        if (open.length === MAX_DEPTH) report.error(word, `blocks are nested more than ${MAX_DEPTH} deep`);
        open.push({ block, brace: word });
      } else if (word.text === '}' && !word.quoted) {
        addStatement(words, undefined);
        last = undefined;
        if (open.length === 1) report.error(word, 'no block is open that this brace could close');
        else open.pop();
      } else words.push(word);
    }
    addStatement(words, undefined);
  }
  const { brace } = open.at(-1)!;
  if (brace !== undefined) report.error(brace, 'the block that begins here is not closed');
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

/** Characters that continue a word, outside and inside of quotes. */
const UNQUOTED = /[^\s{}"'\\]*/y;
const QUOTED = /[^"'\\]*/y;

/** Yields the words of a line; quoted text belongs to the word around it. */
function* wordsOf({ file, number, text, firstSubstitutionColumn }: Line): Generator<LexedWord> {
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    const column = Math.min(at + 1, firstSubstitutionColumn ?? Number.POSITIVE_INFINITY);
    const position = { file, line: number, column };
    if (text[at] === '{' || text[at] === '}') {
      yield { ...position, text: text[at++]!, quoted: false };
      continue;
    }
    let word = '';
    let quote = '';
    let quoted = false;
    while (at < text.length) {
      const pattern = quote === '' ? UNQUOTED : QUOTED;
      pattern.lastIndex = at;
      const [run] = pattern.exec(text)!;
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
        // A reference to an undefined parameter is left as it is.
        const end = text.indexOf('}', at);
        const rest = text.slice(at, end < 0 ? text.length : end + 1);
        word += rest;
        at += rest.length;
      } else break;
    }
    yield { ...position, text: word, quoted };
  }
}
