import type { ConnectionRow } from '../../ipvs/proc/connection-row.ts';
import type { System } from '../system.ts';
import type { ListConnections } from './connections.ts';
import { jsonLine, jsonText } from './json.ts';

/** How long the parts are in which a text is written, in characters. */
const PART_LENGTH = 65536;

/** Writes connections as one document, or an object a line. */
export function writeConnections(
  { json, lines }: ListConnections,
  row: ConnectionRow,
  next: () => boolean,
  system: System,
): void {
  let part = lines ? '' : '{\n  "connections": [';
  let first = true;
  while (next()) {
    if (lines) part += jsonLine(row.entry(), json);
    else {
      const entry = jsonText(row.entry(), json).trimEnd().replaceAll('\n', '\n    ');
      part += `${first ? '' : ','}\n    ${entry}`;
    }
    first = false;
    if (part.length < PART_LENGTH) continue;
    system.write(part);
    part = '';
  }
  if (!lines) part += first ? ']\n}\n' : '\n  ]\n}\n';
  system.write(part);
}
