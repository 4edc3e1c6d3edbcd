import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ByteView,
  beginGenericMessage,
  DecodeError,
  decodeFamily,
  type GenericFamily,
  genericCommand,
  genericHeader,
  genericPayload,
  type Message,
  MessageWalker,
  MessageWriter,
} from '../../../protocol/index.ts';
import { attribute, genericMessage, message, nest, text, u16, u32 } from '../reference-encoder.ts';

function first(bytes: Uint8Array): Message {
  const walker = new MessageWalker(new ByteView(bytes));
  assert.ok(walker.next());
  return walker.message;
}

function family(...attributes: Uint8Array[]): GenericFamily {
  return decodeFamily(first(genericMessage({ type: 16 }, 1, ...attributes)));
}

test('a family is decoded with its operations and multicast groups', () => {
  const operation = (id: number, flags: number): Buffer =>
    nest(id, attribute(1, u32(id)), attribute(2, u32(flags)));
  assert.deepEqual(
    family(
      attribute(2, text('IPVS')),
      attribute(1, u16(33)),
      attribute(3, u32(1)),
      attribute(4, u32(0)),
      attribute(5, u32(6)),
      nest(6, operation(1, 0xb), operation(18, 0x4)),
      nest(7, nest(1, attribute(2, u32(9)), attribute(1, text('events')))),
    ),
    {
      id: 33,
      name: 'IPVS',
      version: 1,
      headerSize: 0,
      maxAttribute: 6,
      operations: [
        { id: 1, flags: 0xb },
        { id: 18, flags: 0x4 },
      ],
      groups: [{ id: 9, name: 'events' }],
    },
  );
});

test('a family without id or name is a DecodeError that names what is missing', () => {
  const missing = (path: string) => (error: unknown) => error instanceof DecodeError && error.path === path;
  assert.throws(() => family(attribute(2, text('IPVS'))), missing('family.id'));
  assert.throws(() => family(attribute(1, u16(33))), missing('family.name'));
});

test('a generic header is written with a zeroed reserved field and read back', () => {
  const writer = new MessageWriter();
  const offset = beginGenericMessage(
    writer,
    { type: 33, flags: 5, sequence: 1 },
    { command: 18, version: 1 },
  );
  writer.endMessage(offset);
  assert.deepEqual(
    Buffer.from(writer.bytes),
    message({ type: 33, flags: 5, sequence: 1 }, Buffer.from([18, 1, 0, 0])),
  );
  const found = first(writer.copy());
  assert.deepEqual(genericHeader(found), { command: 18, version: 1 });
  assert.equal(genericCommand(found), 18);
  assert.equal(genericPayload(found), 20);
});

test('a truncated generic header is a DecodeError', () => {
  const truncated = first(message({ type: 33 }, Buffer.from([1, 2, 3])));
  for (const read of [genericHeader, genericCommand, genericPayload, decodeFamily])
    assert.throws(() => read(truncated), DecodeError);
});
