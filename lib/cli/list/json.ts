/**
 * A document for programs: two spaces of indentation, bytes as hexadecimal text. Counters are
 * decimal text, because they may be larger than a JSON number is exact.
 */
export function jsonText(document: unknown): string {
  return `${JSON.stringify(document, replace, 2)}\n`;
}

function replace(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'bigint' ? String(value) : value;
}
