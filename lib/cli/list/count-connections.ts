import { type ConnectionRow, Side } from '../../ipvs/proc/connection-row.ts';
import type { System } from '../system.ts';
import { type ListConnections, label } from './connections.ts';
import { jsonLine, jsonText } from './json.ts';

/** What a connection is counted as: an IPv4 address as a number, which takes little memory. */
type Counted = number | string;

/** Counts connections by what the command says, and writes the counts, the largest first. */
export function countConnections(
  { countBy, json, lines }: ListConnections,
  row: ConnectionRow,
  next: () => boolean,
  system: System,
): void {
  const countedOf = { client: clientOf, destination: destinationOf, state: stateOf }[countBy!];
  const counts = new Map<Counted, number>();
  while (next()) {
    const counted = countedOf(row);
    counts.set(counted, (counts.get(counted) ?? 0) + 1);
  }
  const sorted = [...counts].sort(
    ([one, count], [other, otherCount]) => otherCount - count || compare(one, other),
  );
  if (json === undefined) {
    system.write(`${'conns'.padStart(10)} ${countBy}\n`);
    for (const part of parts(
      sorted,
      ([counted, count]) => `${String(count).padStart(10)} ${textOf(counted)}\n`,
    ))
      system.write(part);
    return;
  }
  const asObject = ([counted, connections]: readonly [Counted, number]): object => ({
    [countBy!]: textOf(counted),
    connections,
  });
  if (!lines) system.write(jsonText({ counts: sorted.map(asObject) }, json));
  else for (const part of parts(sorted, (entry) => jsonLine(asObject(entry), json))) system.write(part);
}

function clientOf(row: ConnectionRow): Counted {
  const { addresses } = row;
  if (row.family(Side.CLIENT) === 'ipv6') return row.address(Side.CLIENT);
  return (addresses[0]! << 24) | (addresses[1]! << 16) | (addresses[2]! << 8) | addresses[3]!;
}

function destinationOf(row: ConnectionRow): Counted {
  return label(row, Side.DESTINATION, undefined);
}

function stateOf(row: ConnectionRow): Counted {
  return row.state;
}

function textOf(counted: Counted): string {
  if (typeof counted === 'string') return counted;
  return `${counted >>> 24}.${(counted >>> 16) & 255}.${(counted >>> 8) & 255}.${counted & 255}`;
}

function compare(one: Counted, other: Counted): number {
  if (typeof one === 'number' && typeof other === 'number') return (one >>> 0) - (other >>> 0);
  return textOf(one) < textOf(other) ? -1 : 1;
}

function* parts<Entry>(entries: readonly Entry[], text: (entry: Entry) => string): Generator<string> {
  for (let at = 0; at < entries.length; at += 1024)
    yield entries
      .slice(at, at + 1024)
      .map(text)
      .join('');
}
