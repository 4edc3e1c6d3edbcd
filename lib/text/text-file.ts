import { readFileSync } from 'node:fs';

/** Returns the text of a UTF-8 file; undefined if it cannot be read, for any reason. */
export function textOfFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
