import type { Document, Pair } from 'yaml';
import { isPrintable, printableYaml } from '../../../protocol/netlink/text/printable.ts';
import { MAXIMUM_ERRORS, type StatePath } from '../plan/desired-services.ts';
import type { ParsedText, SyntaxErrorDetail } from './parsed-text.ts';

/** Maximum nesting: deeper than any desired state, and shallow enough for the parser's stack. */
const MAX_LEVELS = 32;
/**
 * Maximum number of values: more than a desired state in a file of 4 MiB has, and few enough to fit in memory, as the
 * parser needs 500 bytes for each.
 */
const MAX_VALUES = 1_000_000;
/** Maximum number of distinct keys: far more than a desired state has field names. */
const MAX_KEYS = 1000;
/** Maximum number of aliases: the library takes quadratic time to resolve them. */
const MAX_ALIASES = 10_000;
/** Types of the tokens that are counted as values. */
const VALUE_TOKENS = new Set(['scalar', 'alias', 'comma', 'seq-item-ind']);

type Yaml = typeof import('yaml');

/** Parses one YAML document (version 1.2, core schema, at most 10 000 aliases, at most 32 levels). */
export async function parseYaml(text: string, maximumValues: number = MAX_VALUES): Promise<ParsedText> {
  const yaml = await import('yaml');
  const { isMap, isScalar, isSeq } = yaml;
  const { document, errors } = withoutStackTraces(() => parse(yaml, text, maximumValues));
  let value: unknown;
  if (document !== undefined && errors.length === 0) {
    try {
      // The library's own limit to what aliases repeat takes quadratic time, too.
      value = document.toJS({ maxAliasCount: -1 });
      if (hasMoreValues(value, maximumValues))
        errors.push({ offset: 0, problem: `aliases make it more than ${maximumValues} values` });
    } catch (error) {
      errors.push({ offset: 0, problem: (error as Error).message });
    }
  }
  const offsetOf = (path: StatePath): number => {
    let node: unknown = document?.contents;
    let offset = 0;
    for (const part of path) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
        if (pair === undefined) break;
        offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
        node = pair.value;
      } else if (isSeq(node) && typeof part === 'number') {
        node = node.items[part];
        offset = (node as { readonly range?: readonly number[] } | undefined)?.range?.[0] ?? offset;
      } else break;
    }
    return offset;
  };
  return { value, errors, locate: (paths) => paths.map(offsetOf) };
}

/**
 * Calls `work` without stack traces for errors: the parser can create an error for every few bytes of an
 * invalid text.
 */
function withoutStackTraces<Value>(work: () => Value): Value {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

interface ParsedYaml {
  readonly document: Document.Parsed | undefined;
  readonly errors: SyntaxErrorDetail[];
}

function parse(yaml: Yaml, text: string, maximumValues: number): ParsedYaml {
  const { CST, Composer, Lexer, Parser } = yaml;
  const parser = new Parser();
  const tokens = [];
  const failWith = (problem: string): ParsedYaml => ({
    document: undefined,
    errors: [{ offset: parser.offset, problem }],
  });
  let values = 0;
  let aliases = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // The parser has a stack of its own, but the composer recurses, and V8 aborts the process if a
    // regular expression runs out of stack.
    if (parser.stack.length > MAX_LEVELS + 1) return failWith(`is nested deeper than ${MAX_LEVELS} levels`);
    const type = CST.tokenType(lexeme) ?? '';
    if (VALUE_TOKENS.has(type) && ++values > maximumValues)
      return failWith(`there are more than ${maximumValues} values`);
    if (type === 'alias' && ++aliases > MAX_ALIASES)
      return failWith(`there are more than ${MAX_ALIASES} aliases`);
  }
  for (const token of parser.end()) tokens.push(token);
  // The composer's own search for duplicate keys takes quadratic time.
  const composer = new Composer({ prettyErrors: false, stringKeys: true, uniqueKeys: false });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) return { document, errors: [{ offset: 0, problem: 'contains no document' }] };
  const errors = [...document.errors, ...document.warnings].map(({ pos: [offset], message }) => ({
    offset,
    problem: message,
  }));
  if (second !== undefined) {
    errors.push({ offset: second.range[0], problem: 'only one document is allowed' });
  }
  if (errors.length === 0) errors.push(...errorsInKeys(yaml, document));
  return { document: document as Document.Parsed, errors };
}

/** Whether there are more than `maximum` values, counting those in a repeated or circular object each time. */
function hasMoreValues(value: unknown, maximum: number): boolean {
  const rest = [value];
  for (let count = 0; rest.length > 0; count++) {
    if (count + rest.length > maximum) return true;
    const next = rest.pop();
    if (typeof next === 'object') for (const inner of Object.values(next ?? {})) rest.push(inner);
  }
  return false;
}

/** Finds duplicate keys, and too many distinct ones. */
function errorsInKeys(
  { isScalar, visit }: Yaml,
  document: Parameters<Yaml['visit']>[0],
): SyntaxErrorDetail[] {
  const errors: SyntaxErrorDetail[] = [];
  const distinctKeys = new Set<unknown>();
  visit(document, {
    Map: (_, { items }) => {
      const keys = new Set<unknown>();
      for (const { key } of items as Pair[]) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value) && errors.length < MAXIMUM_ERRORS) {
          const problem = `duplicate key ${JSON.stringify(key.value)}`;
          errors.push({ offset: key.range?.[0] ?? 0, problem });
        }
        keys.add(key.value);
        if (distinctKeys.add(key.value).size <= MAX_KEYS) continue;
        const problem = `there are more than ${MAX_KEYS} distinct keys`;
        errors.push({ offset: key.range?.[0] ?? 0, problem });
        return visit.BREAK;
      }
      return undefined;
    },
  });
  return errors;
}

/** Returns a value as YAML. */
export async function yamlText(value: unknown): Promise<string> {
  const { Document, visit } = await import('yaml');
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      // Unprintable characters can be escaped only in double quotes.
      if (typeof node.value === 'string' && !isPrintable(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return printableYaml(document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: 2 ** 31 }));
}
