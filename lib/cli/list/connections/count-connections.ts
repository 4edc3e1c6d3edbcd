import { type ConnectionRow, Side } from '../../../ipvs/proc/connection-row.ts';
import type { System } from '../../system.ts';
import { jsonLine, jsonText } from '../json.ts';
import { type ListConnections, label } from './format.ts';

/** What connections are counted by: a text, or an IPv4 address as a number, which takes little memory. */
type CountKey = number | string;

/** Counts connections by client, destination or state, and writes the counts, the largest first. */
export function countConnections(
  { countBy, json, lines }: ListConnections,
  row: ConnectionRow,
  next: () => boolean,
  system: System,
): void {
  const keyOf = { client: clientOf, destination: destinationOf, state: stateOf }[countBy!];
  const counts = new Map<CountKey, number>();
  while (next()) {
    const key = keyOf(row);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const sorted = [...counts].sort(
    ([one, count], [other, otherCount]) => otherCount - count || compare(one, other),
  );
  if (json === undefined) {
    system.write(`${'conns'.padStart(10)} ${countBy}\n`);
    for (const chunk of chunks(sorted, ([key, count]) => `${String(count).padStart(10)} ${textOf(key)}\n`))
      system.write(chunk);
    return;
  }
  const asObject = ([key, connections]: readonly [CountKey, number]): object => ({
    [countBy!]: textOf(key),
    connections,
  });
  if (!lines) system.write(jsonText({ counts: sorted.map(asObject) }, json));
  else for (const chunk of chunks(sorted, (entry) => jsonLine(asObject(entry), json))) system.write(chunk);
}

function clientOf(row: ConnectionRow): CountKey {
  const { addresses } = row;
  if (row.family(Side.CLIENT) === 'ipv6') return row.address(Side.CLIENT);
  return (addresses[0]! << 24) | (addresses[1]! << 16) | (addresses[2]! << 8) | addresses[3]!;
}

function destinationOf(row: ConnectionRow): CountKey {
  return label(row, Side.DESTINATION, undefined);
}

function stateOf(row: ConnectionRow): CountKey {
  return row.state;
}

function textOf(key: CountKey): string {
  if (typeof key === 'string') return key;
  return `${key >>> 24}.${(key >>> 16) & 255}.${(key >>> 8) & 255}.${key & 255}`;
}

function compare(one: CountKey, other: CountKey): number {
  if (typeof one === 'number' && typeof other === 'number') return (one >>> 0) - (other >>> 0);
  return textOf(one) < textOf(other) ? -1 : 1;
}

/** The texts of entries, 1024 of them joined at a time. */
function* chunks<Entry>(entries: readonly Entry[], text: (entry: Entry) => string): Generator<string> {
  for (let at = 0; at < entries.length; at += 1024)
    yield entries
      .slice(at, at + 1024)
      .map(text)
      .join('');
}
