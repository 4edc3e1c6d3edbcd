import type { RatioEstimate } from '../sampling/ratio.ts';

/** A table of the report with its title, for text and HTML. The first column is left-aligned. */
export interface ReportTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes?: readonly string[];
}

/** The text of a missing figure. */
export const NO_FIGURE = '-';
/** Maximum width of the output, in columns. */
const WIDTH = 100;

/** Formats a table with its title and wrapped notes. `dense` leaves out the rule below the head. */
export function tableText({ title, head, rows, notes = [] }: ReportTable, dense = false): string {
  const lines = alignedLines(head, rows, dense);
  return [...wrapped(title), ...lines, ...notes.flatMap((note) => wrapped(note, '  '))].join('\n');
}

/** Wraps a text to lines of at most `width` columns, each of which begins with `indent`. */
export function wrapped(text: string, indent = '', width: number = WIDTH): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}

/** Formats a table as aligned text: the first column to the left, the others to the right. */
function alignedLines(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  dense: boolean,
): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(head), ...(dense ? [] : [rule]), ...rows.map(line)];
}

/** Formats milliseconds with three significant digits. */
export function millisecondsText(value: number): string {
  return Number.isNaN(value) ? NO_FIGURE : `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ms`;
}

/** Formats milliseconds as microseconds with three significant digits. */
export function microsecondsText(value: number): string {
  const scaled = value * 1000;
  if (Number.isNaN(scaled)) return NO_FIGURE;
  return `${scaled >= 100 ? scaled.toFixed(0) : scaled.toPrecision(3)} us`;
}

/** Formats a number with two or three significant digits: 0.31, 1.25, 8.4, 24. */
export function digitsText(value: number): string {
  return value.toFixed(value < 2 ? 2 : value < 10 ? 1 : 0);
}

/** Formats a ratio: 24x. */
export function ratioText(ratio: number): string {
  return `${digitsText(ratio)}x`;
}

/** Formats a ratio with its interval: 24x, 21 to 27. */
export function intervalText(estimate: RatioEstimate | undefined): string {
  if (estimate === undefined) return NO_FIGURE;
  return `${ratioText(estimate.ratio)}, ${digitsText(estimate.low)} to ${digitsText(estimate.high)}`;
}

/** Formats a ratio with its interval in a short form: 24x 21-27. */
export function shortIntervalText(estimate: RatioEstimate | undefined): string {
  if (estimate === undefined) return NO_FIGURE;
  return `${ratioText(estimate.ratio)} ${digitsText(estimate.low)}-${digitsText(estimate.high)}`;
}

/**
 * Formats a ratio with its interval and its limit, if there is one; `!` means that the whole interval exceeds
 * it.
 */
export function textWithLimit(estimate: RatioEstimate | undefined, limit: number | undefined): string {
  const text = shortIntervalText(estimate);
  if (estimate === undefined || limit === undefined) return text;
  return `${text} ${estimate.low > limit ? '!' : ''}<=${limit}`;
}

/** Formats bytes in binary units. */
export function bytesText(value: number): string {
  if (Number.isNaN(value)) return NO_FIGURE;
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  let scaled = value;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 ? scaled : scaled.toFixed(1)} ${units[unit]}`;
}
