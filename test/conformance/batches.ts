import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type BatchOperation, KernelError } from '../../lib/index.ts';
import type { SubjectWithClient } from './subject.ts';

const WRITES = 100;
const key = (index: number) => ({ protocol: 'tcp' as const, address: '10.0.0.1', port: index + 1 });

const cases: readonly (readonly [title: string, isRefused: (index: number) => boolean])[] = [
  ['nothing', () => false],
  ['the first', (index) => index === 0],
  ['one in the middle', (index) => index === 30],
  ['the last', (index) => index === WRITES - 1],
  ['the last of one datagram and the first of the next', (index) => index === 63 || index === 64],
  ['every other', (index) => index % 2 === 1],
  ['everything', () => true],
];

/** Each write of a batch has its own outcome, although the writes of one datagram share an ack. */
export function batchTests(subject: SubjectWithClient): void {
  for (const [title, isRefused] of cases) {
    it(`reports which writes of a batch were done when ${title} is refused`, async () => {
      const operations = Array.from(
        { length: WRITES },
        (_, index): BatchOperation =>
          isRefused(index)
            ? { do: 'delete-service', service: key(index) }
            : { do: 'add-service', service: { ...key(index), scheduler: 'rr' } },
      );
      const outcomes = await subject.client.batch(operations);
      const found = outcomes.map((outcome) => {
        if (outcome.ok) return 'done';
        return outcome.error instanceof KernelError ? outcome.error.errnoName : outcome.error.name;
      });
      assert.deepEqual(
        found,
        operations.map((_, index) => (isRefused(index) ? 'ESRCH' : 'done')),
      );
      const ports = (await subject.client.services()).map(({ port }) => port ?? 0).sort((a, b) => a - b);
      assert.deepEqual(
        ports,
        operations.flatMap((_, index) => (isRefused(index) ? [] : [index + 1])),
      );
    });
  }
}
