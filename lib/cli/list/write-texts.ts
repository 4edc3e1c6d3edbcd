import type { System } from '../system.ts';

/** Size of the buffer, in bytes. */
const CHUNK_LENGTH = 65536;
/** Maximum number of UTF-8 bytes for one UTF-16 code unit. */
const UNIT = 3;

/** Writes short texts through a buffer. Each is encoded at once, so that no text is retained. */
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
