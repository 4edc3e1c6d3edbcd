import { cell, columns, nameColumns, nameTitles, type RowType } from './columns.ts';
import type { Row } from './snapshots/snapshot.ts';

/** Minimum widths of the first columns, which identify a row. */
const NAME_WIDTHS: Readonly<Record<RowType, readonly number[]>> = { services: [5, 21], servers: [21] };

/**
 * Formats rows as a table for scripts: a line of titles, then one line per row of space-separated words, with
 * unabbreviated numbers.
 */
export function* plainTable(rows: readonly Row[], type: RowType): Generator<string, void, void> {
  yield line(
    nameTitles[type],
    columns[type].map(({ title }) => title),
    type,
  );
  for (const row of rows)
    yield line(
      nameColumns(row, type),
      columns[type].map((column) => column.text(row, true) || '-'),
      type,
    );
}

function line(names: readonly string[], cells: readonly string[], type: RowType): string {
  const first = names.map((text, index) => text.padEnd(NAME_WIDTHS[type][index]!));
  const texts = cells.map((text, index) => cell(text, columns[type][index]!));
  return `${[...first, ...texts].join(' ').trimEnd()}\n`;
}
