import type { ConnectionRow } from '../../../ipvs/proc/connection-row.ts';
import type { System } from '../../system.ts';
import { jsonLine, jsonText } from '../json.ts';
import type { ListConnections } from './format.ts';

/** Length of a chunk of text after which it is written, in characters. */
const CHUNK_LENGTH = 65536;

/** Writes connections as one JSON document, or as one JSON object for each line. */
export function writeConnections(
  { json, lines }: ListConnections,
  row: ConnectionRow,
  next: () => boolean,
  system: System,
): void {
  let chunk = lines ? '' : '{\n  "connections": [';
  let first = true;
  while (next()) {
    if (lines) chunk += jsonLine(row.entry(), json);
    else {
      const entry = jsonText(row.entry(), json).trimEnd().replaceAll('\n', '\n    ');
      chunk += `${first ? '' : ','}\n    ${entry}`;
    }
    first = false;
    if (chunk.length < CHUNK_LENGTH) continue;
    system.write(chunk);
    chunk = '';
  }
  if (!lines) chunk += first ? ']\n}\n' : '\n  ]\n}\n';
  system.write(chunk);
}
