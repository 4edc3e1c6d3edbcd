import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AttributeIndex, ByteView, DecodeError, ipvsAttributes } from '../../../protocol/index.ts';
import { mutated, serviceNests } from '../arbitraries.ts';
import { attribute, padded, u16, u32 } from '../plain-encoder.ts';

const OPEN = ipvsAttributes.service.destinations[0];
const newIndex = (): AttributeIndex => new AttributeIndex('service', ipvsAttributes.service, { open: OPEN });

interface Found {
  readonly at?: number[];
  readonly lengths?: number[];
  readonly hasUnknown?: boolean;
  readonly problem?: [string, number, string];
}

function find(index: AttributeIndex, view: ByteView, start: number, end: number): Found {
  try {
    const { at, lengths, hasUnknown } = index.find(view, start, end);
    const copied = [...lengths];
    // Documented: of the open attribute the length is the one that was learned.
    copied[OPEN] = 0;
    return { at: [...at], lengths: copied, hasUnknown };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { problem: [error.message, error.offset, error.path] };
  }
}

const learned = newIndex();

function agrees(bytes: Buffer, start = 0, end: number = bytes.length): void {
  const view = new ByteView(bytes);
  assert.deepEqual(find(learned, view, start, end), find(newIndex(), view, start, end));
}

test('what was learned gives the answer of a full walk, on any and on mutated nests', () => {
  fc.assert(
    fc.property(
      serviceNests,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      (nest, changes) => {
        agrees(nest);
        agrees(nest);
        const copy = Buffer.from(nest);
        for (const [at, value] of changes) {
          if (copy.length === 0) continue;
          copy[at % copy.length] = value;
          agrees(copy);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('what was learned gives the answer of a full walk at every cut and every shift', () => {
  fc.assert(
    fc.property(mutated(serviceNests), fc.integer({ min: 0, max: 7 }), (nest, shift) => {
      const room = Buffer.concat([Buffer.alloc(shift, 0xee), nest, Buffer.alloc(9, 0xee)]);
      agrees(room, shift, shift + nest.length);
      for (let end = shift; end < shift + nest.length; end += 7) agrees(room, shift, end);
    }),
    { numRuns: 100 },
  );
});

test('an open attribute that comes first is verified too', () => {
  const index = newIndex();
  const list = padded([attribute(OPEN, Buffer.alloc(8))]);
  const other = padded([attribute(1, u16(2)), attribute(8, u16(0))]);
  assert.equal(index.find(new ByteView(list), 0, list.length).at[OPEN], 4);
  assert.ok(list.length === 12 && other.length === 16);
  const sameLength = padded([attribute(8, u32(7)), attribute(99)]);
  assert.equal(sameLength.length, list.length);
  const found = index.find(new ByteView(sameLength), 0, sameLength.length);
  assert.deepEqual([found.at[OPEN], found.at[8], found.hasUnknown], [0, 4, true]);
});

test('an open list of another length fits the same layout', () => {
  const index = newIndex();
  const nest = (count: number): Buffer =>
    padded([attribute(1, u16(2)), attribute(OPEN, Buffer.alloc(count))]);
  const layout = index.find(new ByteView(nest(8)), 0, nest(8).length);
  for (const count of [0, 3, 8, 400])
    assert.equal(index.find(new ByteView(nest(count)), 0, nest(count).length), layout);
});

test('an open list that is not the last attribute is like any other', () => {
  const index = newIndex();
  const nest = (count: number): Buffer =>
    padded([attribute(OPEN, Buffer.alloc(count)), attribute(1, u16(2))]);
  assert.equal(index.find(new ByteView(nest(8)), 0, nest(8).length).at[1], 16);
  assert.equal(index.find(new ByteView(nest(12)), 0, nest(12).length).at[1], 20);
});

test('of a repeated attribute the last one counts', () => {
  const bytes = padded([attribute(8, u32(1)), attribute(8, u32(2))]);
  assert.equal(newIndex().find(new ByteView(bytes), 0, bytes.length).at[8], 12);
});

test('a nest with the lengths of a learned one but another type is walked', () => {
  const index = newIndex();
  const one = padded([attribute(8, u32(1))]);
  const other = padded([attribute(5, u32(1))]);
  index.find(new ByteView(one), 0, one.length);
  const found = index.find(new ByteView(other), 0, other.length);
  assert.deepEqual([found.at[8], found.at[5]], [0, 4]);
});
