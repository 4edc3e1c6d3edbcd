/** Escapes the unprintable characters of untrusted text, as `\x1b`, `\u202e` or `\u{e0041}`. */
export function printable(text: string): string {
  return isPrintableAscii(text) ? text : replaceUnprintable(text, escaped);
}

/** Whether a text has no unprintable characters. */
export function isPrintable(text: string): boolean {
  return printable(text) === text;
}

/**
 * Escapes the unprintable characters that `JSON.stringify` leaves raw in strings: DEL, C1, format and other invisible
 * characters, line and paragraph separators. Newlines between the values stay.
 */
export function printableJson(json: string): string {
  return escapedOnEachLine(json, (code) =>
    code <= 0xffff ? utf16Escape(code) : utf16Escapes(String.fromCodePoint(code)),
  );
}

/** As {@link printableJson} for YAML in which every string with such characters is double-quoted. */
export function printableYaml(yaml: string): string {
  return escapedOnEachLine(yaml, (code) =>
    code <= 0xffff ? utf16Escape(code) : `\\U${code.toString(16).padStart(8, '0')}`,
  );
}

function escapedOnEachLine(text: string, escapeCode: (code: number) => string): string {
  return replaceUnprintable(text, (character) =>
    character === '\n' ? character : escapeCode(character.codePointAt(0)!),
  );
}

function utf16Escape(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

function utf16Escapes(character: string): string {
  return utf16Escape(character.charCodeAt(0)) + utf16Escape(character.charCodeAt(1));
}

/**
 * Replaces characters that a terminal acts on or that change how a line reads: control characters (C0, DEL,
 * C1), format characters (bidirectional, zero-width, tags), invisible characters, line and paragraph
 * separators, and lone surrogates.
 */
function replaceUnprintable(text: string, replace: (character: string) => string): string {
  // A pattern with Unicode properties is slow to compile, so it is not compiled at start-up.
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, replace);
}

/** Whether a text is printable ASCII, as nearly every one is. */
function isPrintableAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}
