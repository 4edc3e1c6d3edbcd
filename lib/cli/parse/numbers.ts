/**
 * The whole number that `text` is, as strtol reads it in base 10: white space and a sign may come
 * first, nothing may follow. Undefined for anything else and for numbers outside `least` to `most`.
 */
export function wholeNumber(text: string, least: number, most: number): number | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number >= least && number <= most ? number : undefined;
}
