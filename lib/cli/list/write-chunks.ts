import type { System } from '../system.ts';

/** In bytes. */
const BUFFER_SIZE = 65536;
/** Maximum number of UTF-8 bytes for one UTF-16 code unit. */
const MAX_UNIT_BYTES = 3;

/** Writes chunks of text through a buffer. Each is encoded immediately, so that none is kept in memory. */
export function writeChunks(chunks: Iterable<string>, system: System): void {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  let length = 0;
  const flush = (): void => {
    system.write(buffer.subarray(0, length));
    length = 0;
  };
  for (const text of chunks) {
    if (length + text.length * MAX_UNIT_BYTES > BUFFER_SIZE) flush();
    if (text.length * MAX_UNIT_BYTES > BUFFER_SIZE) system.write(text);
    else length += buffer.write(text, length);
  }
  flush();
}
