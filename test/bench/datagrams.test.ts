import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datagramsFile, readDatagramsFile } from '../../bench/tables/datagrams.ts';

test('datagrams are read back from their file, each at a multiple of 4', () => {
  const parts = [Uint8Array.of(1, 2, 3, 4, 5), Uint8Array.of(6), Uint8Array.of(7, 8, 9, 10)];
  const bytes = new Uint8Array(16);
  const bounds = [0, 8, 12].map((start, index) => ({ start, end: start + parts[index]!.length }));
  for (const [index, { start }] of bounds.entries()) bytes.set(parts[index]!, start);
  const read = readDatagramsFile(Buffer.from(datagramsFile({ bytes, bounds })));
  assert.deepEqual(read, { bytes, bounds });
});
