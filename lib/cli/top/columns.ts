import type { CounterName } from '../../../protocol/ipvs/index.ts';
import type { SortKey } from '../parse/command.ts';
import { shortNumber } from './short-number.ts';
import type { Row } from './snapshots/snapshot.ts';

/** What the rows of a table show. */
export type RowType = 'services' | 'servers';

/** A column after the ones that identify the row. */
export interface Column {
  readonly title: string;
  readonly width: number;
  /** Whether its values are left-aligned. */
  readonly left?: boolean;
  /** The sort key of this column. */
  readonly sort?: SortKey;
  /** Priority: if not all columns fit, those with lower numbers are shown. */
  readonly priority: number;
  /** Returns its value for a row: exact, or shortened to a few characters. */
  text(row: Row, exact: boolean): string;
}

function counter(title: string, width: number, priority: number, name: CounterName, sort?: SortKey): Column {
  return {
    title,
    width,
    priority,
    ...(sort && { sort }),
    text: ({ counters }, exact) => (exact ? String(counters[name]) : shortNumber(Number(counters[name]))),
  };
}

function connections(title: string, width: number, priority: number, name: 'active' | 'inactive'): Column {
  return {
    title,
    width,
    priority,
    ...(name === 'active' && { sort: 'conns' }),
    text: (row, exact) => (exact ? String(row[name]) : shortNumber(row[name])),
  };
}

/** The columns of both services and real servers. */
const commonColumns: readonly Column[] = [
  connections('ACTIVE', 6, 0, 'active'),
  connections('INACT', 6, 4, 'inactive'),
  counter('CONN/S', 6, 1, 'connectionRate', 'rate'),
  counter('IN-B/S', 6, 2, 'incomingByteRate', 'bytes'),
  counter('OUT-B/S', 7, 3, 'outgoingByteRate', 'bytes'),
  counter('IN-PKT/S', 8, 7, 'incomingPacketRate'),
  counter('OUT-PKT/S', 9, 8, 'outgoingPacketRate'),
  counter('TOTAL', 6, 9, 'connections', 'total'),
];

/** The columns of services and of real servers, in the order in which they are shown. */
export const columns: Readonly<Record<RowType, readonly Column[]>> = {
  services: [
    { title: 'SCHED', width: 5, left: true, priority: 6, text: (row) => row.schedulerOrForwarding },
    { title: 'SERVERS', width: 7, priority: 5, text: (row) => String(row.serversOrWeight) },
    ...commonColumns,
  ],
  servers: [
    { title: 'FORWARD', width: 7, left: true, priority: 6, text: (row) => row.schedulerOrForwarding },
    { title: 'WEIGHT', width: 6, priority: 5, text: (row) => String(row.serversOrWeight) },
    ...commonColumns,
  ],
};

/** Titles of the first columns, which identify a row. */
export const nameTitles: Readonly<Record<RowType, readonly string[]>> = {
  services: ['PROT', 'SERVICE'],
  servers: ['REAL-SERVER'],
};

/** Returns the first columns of a row, which identify it: protocol and address, or only the address. */
export function nameColumns(row: Row, type: RowType): readonly string[] {
  return type === 'services' ? [row.protocol, row.name] : [row.name];
}

/** Pads a value to the width of a column. */
export function cell(text: string, { width, left }: Pick<Column, 'width' | 'left'>): string {
  return left ? text.padEnd(width) : text.padStart(width);
}
