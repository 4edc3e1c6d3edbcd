const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
const encoder = new TextEncoder();

/** The surrogate that stands for an invalid byte (0x80 to 0xff) is this plus the byte: U+DC80 to U+DCFF. */
const BYTE_SURROGATES = 0xdc00;
const FIRST_BYTE_SURROGATE = 0xdc80;
const LAST_BYTE_SURROGATE = 0xdcff;

/**
 * Decodes a name: UTF-8 up to the first NUL, or up to `end` if there is none.
 *
 * Names in the kernel are bytes, not necessarily UTF-8. A byte that is not part of valid UTF-8 becomes
 * the lone surrogate U+DC00 + byte (`surrogateescape` of Python's PEP 383), so that different names
 * are different strings and {@link textBytes} returns the original bytes. Such a string is not well-formed
 * Unicode: each surrogate becomes U+FFFD on a terminal, and `\udc80` to `\udcff` in JSON.
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
 * Encodes a string, without a terminating NUL, as bytes that {@link readString} decodes to the same string.
 * Returns `undefined` for a value that is not a string, and for a string that {@link readString} could not have
 * returned: one with a NUL, or with surrogates that it does not produce.
 */
export function textBytes(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string' || value.includes('\0')) return undefined;
  // The Unicode property \p{Surrogate} would be slow to compile.
  if (!/[\ud800-\udfff]/u.test(value)) return encoder.encode(value);
  const bytes: number[] = [];
  // Iterates by code point, so a surrogate here is a lone one.
  for (const character of value) {
    const code = character.codePointAt(0)!;
    if (code >= FIRST_BYTE_SURROGATE && code <= LAST_BYTE_SURROGATE) bytes.push(code - BYTE_SURROGATES);
    else if (code >= 0xd800 && code <= 0xdfff) return undefined;
    else bytes.push(...encoder.encode(character));
  }
  const encoded = Uint8Array.from(bytes);
  // Escaped bytes that form valid UTF-8 together would be decoded to another string.
  return readString(encoded, 0, encoded.length) === value ? encoded : undefined;
}

/** Decodes bytes that are not all valid UTF-8, with a surrogate for each invalid byte. */
function escapedText(bytes: Uint8Array): string {
  let text = '';
  let validStart = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = validLength(bytes, at);
    if (length === 0) {
      text += strictDecoder.decode(bytes.subarray(validStart, at));
      text += String.fromCharCode(BYTE_SURROGATES + bytes[at]!);
      validStart = at + 1;
    }
    at += Math.max(length, 1);
  }
  return text + strictDecoder.decode(bytes.subarray(validStart));
}

/**
 * Returns the length of the valid UTF-8 sequence at `at`, or 0 if there is none (RFC 3629, the grammar of section 4).
 */
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

/** Range of the second byte for the first bytes that restrict it to a part of 0x80 to 0xbf. */
const SECOND_BYTES: ReadonlyMap<number, readonly [minimum: number, maximum: number]> = new Map([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
]);
