import { cell, columns, type Kind, keyColumns, keyTitles } from './columns.ts';
import type { Row } from './samples/sample.ts';

/** Minimum widths of the first columns, which identify a row. */
const KEY_WIDTHS: Readonly<Record<Kind, readonly number[]>> = { services: [5, 21], servers: [21] };

/**
 * Formats rows as a table for scripts: a line of titles, then one line per row of space-separated words, with
 * unabbreviated numbers.
 */
export function* plainTable(rows: readonly Row[], kind: Kind): Generator<string, void, void> {
  yield line(
    keyTitles[kind],
    columns[kind].map(({ title }) => title),
    kind,
  );
  for (const row of rows)
    yield line(
      keyColumns(row, kind),
      columns[kind].map((column) => column.text(row, true) || '-'),
      kind,
    );
}

function line(key: readonly string[], cells: readonly string[], kind: Kind): string {
  const keys = key.map((text, index) => text.padEnd(KEY_WIDTHS[kind][index]!));
  const texts = cells.map((text, index) => cell(text, columns[kind][index]!));
  return `${[...keys, ...texts].join(' ').trimEnd()}\n`;
}
