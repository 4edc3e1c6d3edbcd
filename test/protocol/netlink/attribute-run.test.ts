import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AttributeRun, ByteView } from '../../../protocol/netlink/index.ts';
import { attribute, padded, u16, u32 } from '../plain-encoder.ts';

const RUN: ReadonlySet<number> = new Set([2, 3]);

function learn(nest: Buffer, start = 0): AttributeRun | undefined {
  return AttributeRun.learn(new ByteView(nest), start, nest.length, RUN);
}

function nest(...attributes: readonly (readonly [type: number, value: Buffer])[]): Buffer {
  return padded(attributes.map(([type, value]) => attribute(type, value)));
}

describe('a run of attributes', () => {
  const bytes = nest([1, u16(7)], [2, u32(5)], [3, u16(6)], [4, u32(8)]);
  const run = learn(bytes)!;

  it('lies where it was found, with the others around it', () => {
    assert.deepEqual([run.start, run.end], [8, 24]);
    assert.deepEqual(
      [...run.at],
      [
        [1, 4],
        [4, 28],
      ],
    );
  });

  it('fits nests that differ in values, and in the run', () => {
    const same = nest([1, u16(9)], [2, u32(1)], [3, u16(2)], [4, u32(3)]);
    assert.ok(run.fits(new ByteView(same), 0, same.length));
    const other = nest([1, u16(7)], [3, u32(5)], [2, u16(6)], [4, u32(8)]);
    assert.ok(run.fits(new ByteView(other), 0, other.length));
    const behind = Buffer.concat([u32(0), same]);
    assert.ok(run.fits(new ByteView(behind), 4, behind.length));
  });

  it('fits no nest with other attributes around, or of another length', () => {
    for (const other of [
      nest([5, u16(7)], [2, u32(5)], [3, u16(6)], [4, u32(8)]),
      nest([1, u32(7)], [2, u32(5)], [3, u16(6)], [4, u32(8)]),
      nest([1, u16(7)], [2, u32(5)], [3, u16(6)], [5, u32(8)]),
      nest([1, u16(7)], [2, u32(5)], [3, u16(6)]),
      nest([1, u16(7)], [2, u32(5)], [3, u16(6)], [4, u32(8)], [5, u32(8)]),
    ])
      assert.ok(!run.fits(new ByteView(other), 0, other.length));
  });

  it('is none where its attributes are missing or apart, or another one comes twice', () => {
    assert.equal(learn(nest([1, u16(7)], [4, u32(8)])), undefined);
    assert.equal(learn(nest([2, u32(5)], [1, u16(7)], [3, u16(6)])), undefined);
    assert.equal(learn(nest([1, u16(7)], [2, u32(5)], [1, u16(7)])), undefined);
    assert.equal(learn(Buffer.concat([Buffer.alloc(2), bytes]), 2), undefined, 'not on a multiple of 4');
  });
});
