import type { CounterName } from '../../../protocol/ipvs/index.ts';
import type { SortKey } from '../parse/command.ts';
import type { Row } from './samples/sample.ts';
import { shortNumber } from './short-number.ts';

/** What rows are about. */
export type Kind = 'services' | 'servers';

/** A column after the name. */
export interface Column {
  readonly title: string;
  readonly width: number;
  /** Whether texts begin at its left. */
  readonly left?: boolean;
  /** The key that sorts by it. */
  readonly sort?: SortKey;
  /** Columns with lower numbers are shown first where there is no room for all. */
  readonly rank: number;
  /** What it shows of a row, in full, or in a few characters. */
  text(row: Row, exact: boolean): string;
}

function counter(title: string, width: number, rank: number, name: CounterName, sort?: SortKey): Column {
  return {
    title,
    width,
    rank,
    ...(sort && { sort }),
    text: ({ counters }, exact) => (exact ? String(counters[name]) : shortNumber(Number(counters[name]))),
  };
}

function connections(title: string, width: number, rank: number, name: 'active' | 'inactive'): Column {
  return {
    title,
    width,
    rank,
    ...(name === 'active' && { sort: 'conns' }),
    text: (row, exact) => (exact ? String(row[name]) : shortNumber(row[name])),
  };
}

const counted: readonly Column[] = [
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
export const columns: Readonly<Record<Kind, readonly Column[]>> = {
  services: [
    { title: 'SCHED', width: 5, left: true, rank: 6, text: ({ method }) => method },
    { title: 'SERVERS', width: 7, rank: 5, text: ({ size }) => String(size) },
    ...counted,
  ],
  servers: [
    { title: 'FORWARD', width: 7, left: true, rank: 6, text: ({ method }) => method },
    { title: 'WEIGHT', width: 6, rank: 5, text: ({ size }) => String(size) },
    ...counted,
  ],
};

/** What stands above the names. */
export const nameTitles: Readonly<Record<Kind, readonly string[]>> = {
  services: ['PROT', 'SERVICE'],
  servers: ['REAL-SERVER'],
};

/** How a row is named: by protocol and address, or by address alone. */
export function nameParts(row: Row, kind: Kind): readonly string[] {
  return kind === 'services' ? [row.kind, row.name] : [row.name];
}

/** A cell of a column. */
export function cell(text: string, { width, left }: Pick<Column, 'width' | 'left'>): string {
  return left ? text.padEnd(width) : text.padStart(width);
}
