import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteView } from '../../../protocol/index.ts';

test('bytes at any offset of their ArrayBuffer read the same', () => {
  const content = [1, 2, 3, 4, 5, 6, 7];
  for (let shift = 0; shift < 8; shift++) {
    const backing = new Uint8Array(16);
    backing.set(content, shift);
    const view = new ByteView(backing.subarray(shift, shift + content.length));
    assert.deepEqual([...view.bytes], content);
    assert.equal(view.data.getUint8(6), 7);
    assert.equal(view.words.length, 2, 'including the incomplete last word');
    assert.equal(view.words[0], view.data.getInt32(0, true));
  }
});

test('the slice of a Buffer is a copy', () => {
  const buffer = Buffer.alloc(8, 1);
  const copy = new ByteView(buffer).bytes.slice(0, 4);
  buffer.fill(2);
  assert.deepEqual([...copy], [1, 1, 1, 1]);
});

test('aligned bytes are not copied', () => {
  const bytes = new Uint8Array(8);
  const view = new ByteView(bytes);
  bytes[0] = 9;
  assert.equal(view.bytes[0], 9);
});
