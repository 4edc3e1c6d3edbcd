import type { PairedRatio } from './measure.ts';

/** A table with its title, for text and for the report alike; the first column is text. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes?: readonly string[];
}

/** A table with its title and notes. */
export function tableText({ title, head, rows, notes = [] }: Table): string {
  return [title, textTable(head, rows), ...notes.map((note) => `  ${note}`)].join('\n');
}

/** A table as aligned text; numbers to the right, the first column to the left. */
function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Milliseconds with three significant digits. */
export function milliseconds(value: number): string {
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ms`;
}

/** Milliseconds as microseconds with three significant digits. */
export function microseconds(value: number): string {
  const scaled = value * 1000;
  return `${scaled >= 100 ? scaled.toFixed(0) : scaled.toPrecision(3)} us`;
}

/** A share as whole percents. */
export function percent(value: number): string {
  return `${(value * 100).toFixed(0)}%`;
}

/** A ratio, or why there is none. */
export function times(value: number | undefined): string {
  return value === undefined ? 'too noisy' : `${value.toFixed(2)}x`;
}

/** A ratio, with `~` where its rounds scatter, and with its limit where there is one. */
export function limitedTimes({ ratio, steady }: PairedRatio, limit: number | undefined): string {
  const text = `${steady ? '' : '~'}${times(ratio)}`;
  return limit === undefined ? text : `${text} ${ratio > limit ? '>' : '<='} ${limit}`;
}

/** Bytes in binary units. */
export function bytesText(value: number): string {
  if (Number.isNaN(value)) return '-';
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  let scaled = value;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 ? scaled : scaled.toFixed(1)} ${units[unit]}`;
}
