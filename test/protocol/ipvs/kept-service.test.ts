import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { DecodeError } from '../../../protocol/index.ts';
import { all, decodeAt, kernels, plainAll, serviceOf, usual } from './service-nests.ts';

/** Kinds of services; some are of the same length. */
const alike: readonly ((number: number) => Buffer)[] = [
  (number) => serviceOf(2, [usual(number)], number & 0xffff),
  (number) => serviceOf(10, [usual(number)], number & 0xffff),
  (number) => serviceOf(2, [kernels['with a tunnel']!(number)], number & 0xffff),
  (number) => serviceOf(2, [usual(number), usual(number + 1)]),
  (number) => serviceOf(2, [usual(number), kernels['with a tunnel']!(number)]),
  (number) => serviceOf(2, [kernels['with a tunnel']!(number), usual(number)]),
  (number) => serviceOf(2, [kernels['without STATS64']!(number)]),
  () => serviceOf(2, []),
  () => serviceOf(2, undefined),
  (number) =>
    serviceOf(
      2,
      Array.from({ length: 9 }, (_, index) => usual(number + index)),
    ),
];

/** Takes one 16-bit word of a nest for another. */
const slip = fc.record({ at: fc.nat(400), value: fc.constantFrom(0, 1, 2, 3, 8, 10, 13, 0xffff) });

test('services in a row are read as each alone, whether alike, in turns or with any bytes changed', () => {
  for (const make of alike) for (let number = 0; number < 600; number++) decodeAt(make(number), 0);
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom(...alike), fc.nat(0xffff), fc.option(slip, { nil: undefined, freq: 3 })),
        { minLength: 10, maxLength: 40 },
      ),
      (row) => {
        for (const [make, number, change] of row) {
          const bytes = make(number);
          if (change !== undefined) bytes.writeUInt16LE(change.value, 2 * (change.at % (bytes.length >> 1)));
          let expected: unknown;
          try {
            expected = plainAll(bytes);
          } catch {
            assert.throws(() => decodeAt(bytes, 0), DecodeError);
            continue;
          }
          assert.deepEqual(all(decodeAt(bytes, 0)), expected);
        }
      },
    ),
    { numRuns: 150 },
  );
});
