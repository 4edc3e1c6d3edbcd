/**
 * Parses a whole number as strtol does in base 10 (white space and a sign may precede it), except that nothing may
 * follow it. Returns undefined for any other text and for numbers outside `minimum` to `maximum`.
 */
export function wholeNumber(text: string, minimum: number, maximum: number): number | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number >= minimum && number <= maximum ? number : undefined;
}
