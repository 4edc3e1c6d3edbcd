/**
 * The whole number that `text` is, as strtol reads it in base 10: white space and a sign may come
 * first, nothing may follow. Undefined for anything else and for numbers outside `minimum` to `maximum`.
 */
export function wholeNumber(text: string, minimum: number, maximum: number): number | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number >= minimum && number <= maximum ? number : undefined;
}
