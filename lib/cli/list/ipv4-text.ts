const CANONICAL = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const PART = /^(?:0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)$/;

/**
 * Parses an IPv4 address as inet_aton(3) does and returns it in dotted-decimal form. The text has one to four
 * parts, each decimal, octal with a leading 0, or hexadecimal with 0x; the last part fills the remaining
 * bytes. White space and anything after it are ignored. Returns undefined for any other text.
 */
export function parseIPv4(text: string): string | undefined {
  if (CANONICAL.test(text)) return text;
  const parts = text.split(/[ \t\n\v\f\r]/, 1)[0]!.split('.');
  if (parts.length > 4 || !parts.every((part) => PART.test(part))) return undefined;
  const numbers = parts.map((part) => (/^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part)));
  const last = numbers.pop()!;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  for (let shift = 3 - numbers.length; shift >= 0; shift--)
    numbers.push(Math.floor(last / 256 ** shift) % 256);
  return numbers.join('.');
}
