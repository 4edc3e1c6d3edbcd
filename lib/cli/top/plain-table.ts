import { cell, columns, type Kind, nameParts, nameTitles } from './columns.ts';
import type { Row } from './samples/sample.ts';

/** Minimum width of each part of a name. */
const NAME_WIDTHS: Readonly<Record<Kind, readonly number[]>> = { services: [5, 21], servers: [21] };

/**
 * Formats rows as a table for scripts: a line of titles, then one line for each row with words separated by
 * spaces and exact numbers.
 */
export function* plainTable(rows: readonly Row[], kind: Kind): Generator<string, void, void> {
  yield line(
    nameTitles[kind],
    columns[kind].map(({ title }) => title),
    kind,
  );
  for (const row of rows)
    yield line(
      nameParts(row, kind),
      columns[kind].map((column) => column.text(row, true) || '-'),
      kind,
    );
}

function line(name: readonly string[], cells: readonly string[], kind: Kind): string {
  const names = name.map((part, index) => part.padEnd(NAME_WIDTHS[kind][index]!));
  const texts = cells.map((text, index) => cell(text, columns[kind][index]!));
  return `${[...names, ...texts].join(' ').trimEnd()}\n`;
}
