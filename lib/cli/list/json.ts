import { printableJson } from '../../../protocol/netlink/text/printable.ts';
import type { JsonStyle } from '../parse/command.ts';

/** Marks the text of a number that is written without quotes: no name holds a NUL. */
const NUMBER = '\0';

/**
 * A document for programs: two spaces of indentation, bytes as hexadecimal text. Counters, which may be
 * larger than what most readers take exactly, are decimal text, or numbers in full where `style` says so.
 */
export function jsonText(document: unknown, style: JsonStyle = 'text'): string {
  return written(document, style, 2);
}

/** The same in one line. */
export function jsonLine(document: unknown, style: JsonStyle = 'text'): string {
  return written(document, style, 0);
}

function written(document: unknown, style: JsonStyle, indentation: number): string {
  const json = JSON.stringify(document, style === 'numbers' ? withNumbers : plain, indentation);
  return `${printableJson(json.replaceAll(/"\\u0000(\d+)"/g, '$1'))}\n`;
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'bigint' ? String(value) : value;
}

function withNumbers(key: string, value: unknown): unknown {
  if (key !== 'counters') return plain(key, value);
  return Object.fromEntries(
    Object.entries(value as object).map(([name, count]) => [name, `${NUMBER}${String(count)}`]),
  );
}
