import { printableJson } from '../../../protocol/netlink/text/printable.ts';
import type { JsonCounterFormat } from '../parse/command.ts';

/** Prefix of a string that is written as a number, without quotes; no other string of a document begins with NUL. */
const NUMBER_PREFIX = '\0';

/**
 * Formats a document as JSON, indented by two spaces, with bytes as hexadecimal text. Counters may exceed the integers
 * that most JSON parsers read exactly, so they are decimal strings, or exact numbers if `counterFormat` is `numbers`.
 */
export function jsonText(document: unknown, counterFormat: JsonCounterFormat = 'strings'): string {
  return serialise(document, counterFormat, 2);
}

/** Formats a document as JSON in one line, see {@link jsonText}. */
export function jsonLine(document: unknown, counterFormat: JsonCounterFormat = 'strings'): string {
  return serialise(document, counterFormat, 0);
}

function serialise(document: unknown, counterFormat: JsonCounterFormat, indentation: number): string {
  const json = JSON.stringify(document, counterFormat === 'numbers' ? withNumbers : withStrings, indentation);
  return `${printableJson(json.replaceAll(/"\\u0000(\d+)"/g, '$1'))}\n`;
}

function withStrings(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'bigint' ? String(value) : value;
}

function withNumbers(key: string, value: unknown): unknown {
  if (key !== 'counters') return withStrings(key, value);
  return Object.fromEntries(
    Object.entries(value as object).map(([name, count]) => [name, `${NUMBER_PREFIX}${String(count)}`]),
  );
}
