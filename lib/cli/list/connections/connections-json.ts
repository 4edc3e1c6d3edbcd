import type { System } from '../../system.ts';
import { jsonLine, jsonText } from '../json.ts';
import { writeChunks } from '../write-chunks.ts';
import type { ListConnections } from './format.ts';

/** Writes objects as one JSON object whose member `name` is an array of them, or as JSON Lines. */
export function writeObjects(
  { json: counterFormat, jsonLines }: ListConnections,
  name: string,
  objects: Iterable<object>,
  system: System,
): void {
  function* chunks(): Generator<string> {
    let first = true;
    for (const object of objects) {
      if (jsonLines) {
        yield jsonLine(object, counterFormat);
        continue;
      }
      const text = jsonText(object, counterFormat).trimEnd().replaceAll('\n', '\n    ');
      yield first ? `{\n  "${name}": [\n    ${text}` : `,\n    ${text}`;
      first = false;
    }
    if (!jsonLines) yield first ? `{\n  "${name}": []\n}\n` : '\n  ]\n}\n';
  }
  writeChunks(chunks(), system);
}
