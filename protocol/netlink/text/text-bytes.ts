const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
const encoder = new TextEncoder();

/** A byte of 0x80 to 0xff is added to this for its surrogate, U+DC80 to U+DCFF. */
const BYTE_SURROGATES = 0xdc00;
const FIRST_BYTE_SURROGATE = 0xdc80;
const LAST_BYTE_SURROGATE = 0xdcff;

/**
 * Reads a name: UTF-8 that ends at its first NUL, or at `end` where there is none.
 *
 * Names in the kernel are bytes, not UTF-8 by any rule. A byte that is no part of valid UTF-8 becomes
 * the lone surrogate U+DC00 + byte (`surrogateescape` of Python's PEP 383), so that different names
 * are different texts and {@link textBytes} gives the same bytes back. Such text is not
 * well-formed Unicode: each surrogate becomes U+FFFD when written to a terminal, in JSON `\udc80` to `\udcff`.
 */
export function readString(bytes: Uint8Array, start: number, end: number): string {
  const nul = bytes.subarray(start, end).indexOf(0);
  const name = bytes.subarray(start, nul === -1 ? end : start + nul);
  try {
    return strictDecoder.decode(name);
  } catch {
    return escapedText(name);
  }
}

/**
 * The bytes of text as {@link readString} reads it, without a NUL; `undefined` for what is no text,
 * for text with a NUL inside, and for surrogates that it never makes: reading the bytes gives the
 * same text back.
 */
export function textBytes(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string' || value.includes('\0')) return undefined;
  // A property, \p{Surrogate}, takes long to look up.
  if (!/[\ud800-\udfff]/u.test(value)) return encoder.encode(value);
  const bytes: number[] = [];
  // Iterates by code point: what is a surrogate here stands alone.
  for (const character of value) {
    const code = character.codePointAt(0)!;
    if (code >= FIRST_BYTE_SURROGATE && code <= LAST_BYTE_SURROGATE) bytes.push(code - BYTE_SURROGATES);
    else if (code >= 0xd800 && code <= 0xdfff) return undefined;
    else bytes.push(...encoder.encode(character));
  }
  const whole = Uint8Array.from(bytes);
  // Escaped bytes that would be valid UTF-8 together read as another text.
  return readString(whole, 0, whole.length) === value ? whole : undefined;
}

/** Decodes bytes that are not all valid UTF-8, with a surrogate for each that is not. */
function escapedText(bytes: Uint8Array): string {
  let text = '';
  let valid = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = validLength(bytes, at);
    if (length === 0) {
      text += strictDecoder.decode(bytes.subarray(valid, at));
      text += String.fromCharCode(BYTE_SURROGATES + bytes[at]!);
      valid = at + 1;
    }
    at += Math.max(length, 1);
  }
  return text + strictDecoder.decode(bytes.subarray(valid));
}

/** Length of the valid UTF-8 sequence at `at`, 0 where there is none (RFC 3629, table of section 4). */
function validLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0;
  const [minimum, maximum] = SECOND_BYTES.get(first) ?? [0x80, 0xbf];
  const second = bytes[at + 1]!;
  if (second < minimum || second > maximum) return 0;
  for (let next = at + 2; next < at + length; next++) if ((bytes[next]! & 0xc0) !== 0x80) return 0;
  return length;
}

/** Range of the second byte where the first allows fewer than 0x80 to 0xbf. */
const SECOND_BYTES: ReadonlyMap<number, readonly [minimum: number, maximum: number]> = new Map([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
]);
