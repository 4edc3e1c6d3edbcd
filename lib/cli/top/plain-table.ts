import { cell, columns, keyColumns, keyTitles, type RowType } from './columns.ts';
import type { Row } from './samples/sample.ts';

/** Minimum widths of the first columns, which identify a row. */
const KEY_WIDTHS: Readonly<Record<RowType, readonly number[]>> = { services: [5, 21], servers: [21] };

/**
 * Formats rows as a table for scripts: a line of titles, then one line per row of space-separated words, with
 * unabbreviated numbers.
 */
export function* plainTable(rows: readonly Row[], type: RowType): Generator<string, void, void> {
  yield line(
    keyTitles[type],
    columns[type].map(({ title }) => title),
    type,
  );
  for (const row of rows)
    yield line(
      keyColumns(row, type),
      columns[type].map((column) => column.text(row, true) || '-'),
      type,
    );
}

function line(key: readonly string[], cells: readonly string[], type: RowType): string {
  const keys = key.map((text, index) => text.padEnd(KEY_WIDTHS[type][index]!));
  const texts = cells.map((text, index) => cell(text, columns[type][index]!));
  return `${[...keys, ...texts].join(' ').trimEnd()}\n`;
}
