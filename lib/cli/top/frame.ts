import { printable } from '../../../protocol/netlink/text/printable.ts';
import { type Column, cell, columns, nameColumns, nameTitles, type RowType } from './columns.ts';
import { helpLines } from './help-lines.ts';
import { shortNumber } from './short-number.ts';
import type { Page, Row, Totals } from './snapshots/snapshot.ts';
import type { View } from './view.ts';

/** Size of a screen, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The contents of a frame: all that one drawing of the screen shows. */
export interface FrameContents {
  readonly view: View;
  readonly page: Page;
  readonly totals: Totals;
  /** When the table was read. */
  readonly time: Date;
  /** Seconds between two reads; undefined if the table is read only once. */
  readonly interval: number | undefined;
  /** Error message; undefined for none. */
  readonly problem: string | undefined;
}

const MARGIN = 2;
const MIN_NAME_WIDTH = 21;
/** Columns whose priority is this number or a higher one are shown only if names need not be truncated for them. */
const FIRST_OPTIONAL_PRIORITY = 4;
/** Number of characters at the end of a truncated name that are shown: enough for a port. */
const NAME_END = 8;
const KEYS = 'q quit  s sort  / filter  enter real servers  h help';
const KEYS_OPENED = 'q quit  s sort  / filter  esc back  h help';

const BOLD = '\x1b[1m';
const REVERSE = '\x1b[7m';
const RED = '\x1b[31m';
const YELLOW = '\x1b[33m';
const RESET = '\x1b[0m';

/** Returns the number of table rows that fit on a screen. */
export function tableHeight({ rows }: Size): number {
  return Math.max(1, rows - linesAround(rows));
}

/**
 * Returns the number of lines besides the rows: the titles if the screen has 2 lines or more, also the keys and the
 * summary if it has 4, also the totals if it has 6.
 */
function linesAround(rows: number): number {
  if (rows >= 6) return 4;
  if (rows >= 4) return 3;
  return rows >= 2 ? 1 : 0;
}

/**
 * Returns the lines of a screen: as many as it has, none longer than its width. With `styled` they contain
 * escape sequences for colours.
 */
export function frame(contents: FrameContents, size: Size, styled: boolean): readonly string[] {
  const { view, page } = contents;
  const around = linesAround(size.rows);
  const fit = (text: string): string => cut(text, size.columns);
  const style = (text: string, codes: string): string =>
    styled && codes !== '' ? `${codes}${text}${RESET}` : text;
  const lines: string[] = [];
  if (around >= 3) lines.push(style(fit(summary(contents)), BOLD));
  if (around >= 4) lines.push(fit(totalsLine(contents.totals)));
  if (view.help) lines.push(...helpLines.map(fit));
  else {
    const type: RowType = view.opened === undefined ? 'services' : 'servers';
    const layout = layoutOf(type, page.rows, size.columns, view);
    if (around >= 1) lines.push(style(fit(titleLine(layout)), REVERSE));
    for (const [index, row] of page.rows.entries()) {
      const selected = view.offset + index === view.selected;
      const text = fit(rowLine(row, layout, selected));
      const weightColour = type === 'servers' && row.serversOrWeight === 0 ? YELLOW : '';
      lines.push(
        style(selected && styled ? text.padEnd(size.columns) : text, weightColour + (selected ? BOLD : '')),
      );
    }
    if (page.rows.length === 0) lines.push(fit(`${' '.repeat(MARGIN)}${emptyText(contents)}`));
  }
  const last = around >= 3 ? size.rows - 1 : size.rows;
  lines.length = Math.min(lines.length, last);
  while (lines.length < last) lines.push('');
  if (around >= 3) lines.push(bottom(contents, size, style));
  return lines;
}

function emptyText({ view, totals }: FrameContents): string {
  if (view.filter !== '') return `no row contains ${printable(view.filter)}; esc shows all`;
  if (view.opened === undefined) return 'there are no services';
  return totals.services === 0 ? 'the service does not exist' : 'the service has no real servers';
}

function summary({ view, totals, time, interval }: FrameContents): string {
  const what =
    view.opened === undefined
      ? `services: ${totals.services}, real servers: ${totals.servers}`
      : `${view.opened.title}, real servers: ${totals.servers}`;
  const how = [`by ${view.sort}`];
  if (view.filter !== '') how.push(`with ${printable(view.filter)}`);
  if (view.paused) how.push('paused');
  else if (interval !== undefined) how.push(`every ${interval} s`);
  return `ipvs top ${clock(time)}  ${what}  ${how.join(', ')}`;
}

function clock(time: Date): string {
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

function totalsLine({ active, inactive, rates }: Totals): string {
  const both = (incoming: number, outgoing: number): string =>
    `${shortNumber(incoming)} in ${shortNumber(outgoing)} out`;
  return [
    `connections: ${shortNumber(active)} active ${shortNumber(inactive)} inactive ${shortNumber(rates.connectionRate)}/s`,
    `bytes/s: ${both(rates.incomingByteRate, rates.outgoingByteRate)}`,
    `packets/s: ${both(rates.incomingPacketRate, rates.outgoingPacketRate)}`,
  ].join('  ');
}

/** The layout of the rows. */
interface Layout {
  readonly type: RowType;
  /** Width of the columns that identify a row. */
  readonly nameWidth: number;
  /** Width of the protocol before the name of a service. */
  readonly protocolWidth: number;
  /** The columns that fit. */
  readonly columns: readonly Column[];
}

function layoutOf(type: RowType, rows: readonly Row[], width: number, { sort }: View): Layout {
  const protocolWidth = Math.max(4, ...rows.map((row) => (type === 'services' ? row.protocol.length : 0)));
  const longest = Math.max(
    MIN_NAME_WIDTH,
    ...rows.map((row) => row.name.length + (type === 'services' ? protocolWidth + 1 : 0)),
  );
  const byPriority = [...columns[type]].sort(
    (a, b) => Number(b.sort === sort) - Number(a.sort === sort) || a.priority - b.priority,
  );
  const shown = new Set<Column>();
  let nameWidth = MIN_NAME_WIDTH;
  let remaining = width - MARGIN - nameWidth;
  for (const column of byPriority) {
    if (column.priority >= FIRST_OPTIONAL_PRIORITY && nameWidth < longest) {
      const added = Math.max(0, Math.min(remaining, longest - nameWidth));
      nameWidth += added;
      remaining -= added;
    }
    if (column.width + 1 > remaining) break;
    remaining -= column.width + 1;
    shown.add(column);
  }
  nameWidth = Math.min(longest, nameWidth + Math.max(0, remaining));
  return {
    type,
    protocolWidth,
    nameWidth,
    columns: columns[type].filter((column) => shown.has(column)),
  };
}

function titleLine({ type, nameWidth, protocolWidth, columns }: Layout): string {
  const titles = nameTitles[type];
  const name = titles.length === 1 ? titles[0]! : `${titles[0]!.padEnd(protocolWidth)} ${titles[1]}`;
  const cells = columns.map((column) => cell(column.title, column));
  return ' '.repeat(MARGIN) + [name.padEnd(nameWidth), ...cells].join(' ');
}

function rowLine(row: Row, { type, nameWidth, protocolWidth, columns }: Layout, selected: boolean): string {
  const parts = nameColumns(row, type);
  const name = parts.length === 1 ? parts[0]! : `${parts[0]!.padEnd(protocolWidth)} ${parts[1]}`;
  const cells = columns.map((column) => cell(cut(column.text(row, false), column.width), column));
  const pointer = selected ? '>' : ' ';
  return `${pointer.padEnd(MARGIN)}${[cutInside(name, nameWidth).padEnd(nameWidth), ...cells].join(' ')}`;
}

function bottom(
  { view, page, problem, interval }: FrameContents,
  size: Size,
  style: (text: string, codes: string) => string,
): string {
  const { columns } = size;
  if (view.typing !== undefined) {
    const text = `filter: ${printable(view.typing)}_`;
    // The cursor is at the end of the text.
    return text.length > columns ? text.slice(-columns) : text;
  }
  if (problem !== undefined) return style(cut(printable(problem), columns), RED);
  const keys =
    view.opened === undefined
      ? KEYS
      : view.back === undefined
        ? KEYS.replace('  enter real servers', '')
        : KEYS_OPENED;
  if (view.help) return cut('press any key to go back', columns);
  const from = page.rows.length === 0 ? 0 : view.offset + 1;
  const where = `${from}-${view.offset + page.rows.length} of ${page.matching}`;
  const available = columns - keys.length - 2;
  return where.length <= available
    ? `${keys}${where.padStart(columns - keys.length)}`
    : cut(interval === undefined ? where : keys, columns);
}

/** Truncates a text to `width` characters; a tilde replaces the missing end. */
function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width
    ? text
    : `${characters.slice(0, Math.max(0, width - 1)).join('')}~`.slice(0, width);
}

/** Truncates a text in the middle, so that its end, a port, is shown. */
function cutInside(text: string, width: number): string {
  if (text.length <= width) return text;
  return `${text.slice(0, width - NAME_END - 1)}~${text.slice(-NAME_END)}`;
}
