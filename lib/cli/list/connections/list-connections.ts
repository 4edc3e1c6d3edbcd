import { rowTest } from '../../../ipvs/proc/connection-filter.ts';
import { ConnectionReader } from '../../../ipvs/proc/connection-reader.ts';
import type { System } from '../../system.ts';
import { writeChunks } from '../write-chunks.ts';
import { connectionLine, connectionTitles, type ListConnections } from './format.ts';

/** Lists or counts the connections in /proc/net/ip_vs_conn, without reading all of them into memory. */
export async function listConnections(command: ListConnections, system: System): Promise<void> {
  const reader = new ConnectionReader(await system.openConnectionsFile(command.location));
  const test = rowTest(command.filter);
  const next = (): boolean => {
    while (reader.next()) if (test === undefined || test(reader.row)) return true;
    return false;
  };
  try {
    if (command.countBy !== undefined) {
      const { countConnections } = await import('./count-connections.ts');
      countConnections(command, reader.row, next, system);
    } else if (command.json !== undefined) {
      const { writeObjects } = await import('./connections-json.ts');
      writeObjects(command, 'connections', entries(reader, next), system);
    } else if (command.numeric) writeChunks(lines(command, reader, next), system);
    else {
      const { writeNamedLines } = await import('./named-connections.ts');
      await writeNamedLines(command, reader, next, system);
    }
  } finally {
    reader.close();
  }
}

function* lines(
  { engineData }: ListConnections,
  { row }: ConnectionReader,
  next: () => boolean,
): Generator<string> {
  yield connectionTitles(engineData);
  while (next()) yield connectionLine(row, engineData, undefined);
}

function* entries({ row }: ConnectionReader, next: () => boolean): Generator<object> {
  while (next()) yield row.entry();
}
