import { rowTest } from '../../../ipvs/proc/connection-filter.ts';
import { ConnectionReader } from '../../../ipvs/proc/connection-reader.ts';
import type { System } from '../../system.ts';
import { connectionLine, connectionTitles, type ListConnections } from './format.ts';

/** Length of a chunk of text after which it is written, in characters. */
const CHUNK_LENGTH = 65536;

/** Lists or counts the connections that the kernel shows in /proc, as they are read. */
export async function listConnections(command: ListConnections, system: System): Promise<void> {
  const reader = new ConnectionReader(await system.connections(command.source));
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
      const { writeConnections } = await import('./connections-json.ts');
      writeConnections(command, reader.row, next, system);
    } else if (command.numeric) writeLines(command, reader, next, system);
    else {
      const { writeNamedLines } = await import('./named-connections.ts');
      await writeNamedLines(command, reader, next, system);
    }
  } finally {
    reader.close();
  }
}

function writeLines(
  { engineData }: ListConnections,
  { row }: ConnectionReader,
  next: () => boolean,
  system: System,
): void {
  let chunk = connectionTitles(engineData);
  while (next()) {
    chunk += connectionLine(row, engineData, undefined);
    if (chunk.length < CHUNK_LENGTH) continue;
    system.write(chunk);
    chunk = '';
  }
  system.write(chunk);
}
