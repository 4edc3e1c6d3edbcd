import type { System } from '../../system.ts';

/** Length of what is written at a time, in bytes. */
const CHUNK_LENGTH = 65536;
/** Maximum number of bytes of a UTF-16 unit in UTF-8. */
const UNIT = 3;

/**
 * Writes short texts, many at a time. They go into bytes at once, so that none of them takes memory for long.
 */
export function writeTexts(texts: Iterable<string>, system: System): void {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_LENGTH);
  let length = 0;
  const flush = (): void => {
    system.write(chunk.subarray(0, length));
    length = 0;
  };
  for (const text of texts) {
    if (length + text.length * UNIT > CHUNK_LENGTH) flush();
    if (text.length * UNIT > CHUNK_LENGTH) system.write(text);
    else length += chunk.write(text, length);
  }
  flush();
}
