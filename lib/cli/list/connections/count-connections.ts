import { type ConnectionRow, EndpointIndex } from '../../../ipvs/proc/connection-row.ts';
import type { System } from '../../system.ts';
import { endpointLabel } from '../labels.ts';
import { writeChunks } from '../write-chunks.ts';
import { writeObjects } from './connections-json.ts';
import { EndpointCounts } from './endpoint-counts.ts';
import type { ListConnections } from './format.ts';

/** A client, destination or state as text, and the number of its connections. */
type Count = readonly [key: string, connections: number];

/**
 * Counts connections by client, destination or state, and writes the counts, the largest first. `next` moves
 * `row` to the next connection and returns false after the last one.
 */
export function countConnections(
  command: ListConnections,
  row: ConnectionRow,
  next: () => boolean,
  system: System,
): void {
  const { countBy, json } = command;
  const counts = { client: countClients, destination: countDestinations, state: countStates }[countBy!];
  if (json !== undefined) writeObjects(command, 'counts', objects(counts(row, next), countBy!), system);
  else writeChunks(lines(counts(row, next), countBy!), system);
}

function* objects(counts: Iterable<Count>, countBy: string): Generator<object> {
  for (const [key, connections] of counts) yield { [countBy]: key, connections };
}

function* lines(counts: Iterable<Count>, countBy: string): Generator<string> {
  yield `${'conns'.padStart(10)} ${countBy}\n`;
  for (const [key, connections] of counts) yield `${String(connections).padStart(10)} ${key}\n`;
}

function* countClients(row: ConnectionRow, next: () => boolean): Generator<Count> {
  const counts = new EndpointCounts();
  while (next()) counts.add(row, EndpointIndex.CLIENT, 0);
  for (const { address, count } of counts.sorted()) yield [address, count];
}

function* countDestinations(row: ConnectionRow, next: () => boolean): Generator<Count> {
  const counts = new EndpointCounts();
  while (next()) counts.add(row, EndpointIndex.DESTINATION, row.ports[EndpointIndex.DESTINATION]!);
  for (const endpoint of counts.sorted())
    yield [endpointLabel(endpoint, undefined, undefined), endpoint.count];
}

function* countStates(row: ConnectionRow, next: () => boolean): Generator<Count> {
  const counts = new Map<string, number>();
  while (next()) counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
  yield* [...counts].sort(([a, count], [b, otherCount]) => otherCount - count || (a < b ? -1 : 1));
}
