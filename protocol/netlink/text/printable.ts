/** Text from outside as it can be shown: what is not printable becomes `\x1b`, `\u202e` or `\u{e0041}`. */
export function printable(text: string): string {
  return isPlain(text) ? text : replaceUnprintable(text, escaped);
}

/** Whether {@link printable} leaves a text as it is. */
export function isPrintable(text: string): boolean {
  return printable(text) === text;
}

/**
 * JSON as `JSON.stringify` writes it, with what it leaves raw in texts escaped as well: DEL, C1, format
 * characters. Line ends between the values stay.
 */
export function printableJson(json: string): string {
  return escapedOnEachLine(json, (code) =>
    code <= 0xffff ? utf16Escape(code) : utf16Escapes(String.fromCodePoint(code)),
  );
}

/** The same for YAML in which every text with such characters stands between double quotes. */
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
 * Replaces what a terminal acts on, or what changes how a line reads: control characters (C0, DEL, C1),
 * format characters (bidirectional, zero-width, tags), what is never seen, separators of lines and
 * paragraphs, lone surrogates.
 */
function replaceUnprintable(text: string, replace: (character: string) => string): string {
  // A pattern with properties takes long to make, so it is made where it is needed.
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, replace);
}

/** Printable ASCII, which nearly every text is. */
function isPlain(text: string): boolean {
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
