const SUFFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
/** What is shown in full: five digits. */
const LARGEST_IN_FULL = 99_999;

/**
 * A number of 0 or more in five characters at most: `99999`, `100k`, `1.23M`, `18.4E`; suffixes are powers of
 * 1000.
 */
export function shortNumber(value: number): string {
  if (value <= LARGEST_IN_FULL) return String(value);
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
