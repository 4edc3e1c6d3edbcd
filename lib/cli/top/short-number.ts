const SUFFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
/** Maximum of numbers that are shown exactly. */
const MAXIMUM_EXACT = 99_999;

/**
 * Formats a number of 0 or more in at most five characters: `99999`, `100k`, `1.23M`, `18.4E`; suffixes are
 * powers of 1000.
 */
export function shortNumber(value: number): string {
  if (value <= MAXIMUM_EXACT) return String(value);
  let scaled = value;
  let power = 0;
  // 999.5 would be rounded to four digits.
  while (scaled >= 999.5 && power < SUFFIXES.length - 1) {
    scaled /= 1000;
    power++;
  }
  const decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
  return `${scaled.toFixed(decimals)}${SUFFIXES[power]}`;
}
