import assert from 'node:assert/strict';
import {
  ByteView,
  DecodeError,
  MessageWalker,
  ServiceAssembler,
  ServiceRecords,
} from '../../../../protocol/index.ts';
import { plainOf } from '../../../protocol/ipvs/service-nests.ts';
import { ModelDump } from '../../checks/model-dump.ts';
import { outcomeOf } from '../../checks/outcomes.ts';
import { capturedDatagrams } from '../../seeds.ts';
import type { Target } from '../../target.ts';

/** Compares the services of a dump, as objects and as records, with the model, and which messages are malformed. */
function readAll(input: Uint8Array, mergeRepeated: boolean): void {
  const view = new ByteView(input);
  const walker = new MessageWalker(view);
  const assembler = new ServiceAssembler({ mergeRepeated });
  const records = new ServiceRecords({ mergeRepeated });
  const model = new ModelDump(mergeRepeated);
  const outcome = outcomeOf([DecodeError], () => {
    while (walker.next()) {
      const { payloadOffset, end } = walker.message;
      const expected = outcomeOf([RangeError], () =>
        model.add(Buffer.from(input.subarray(payloadOffset, end))),
      );
      for (const decoder of [assembler, records]) {
        const found = outcomeOf([DecodeError], () => decoder.add(walker.message));
        assert.equal('error' in found, 'error' in expected, JSON.stringify([found, expected]));
      }
      if ('error' in expected) return false;
    }
    return true;
  });
  if (!('value' in outcome) || !outcome.value) return;
  const expected = model.services();
  assert.deepEqual(assembler.rest().map(plainOf), expected);
  records.finish();
  const cursor = records.cursor();
  for (const one of expected) {
    assert.ok(cursor.nextService());
    assert.deepEqual(plainOf(cursor.object()), one);
  }
  assert.ok(!cursor.nextService());
}

export const target: Target = {
  format: { kind: 'messages' },
  coveredModules: ['protocol/ipvs/decode/'],
  seeds: () => capturedDatagrams(),
  run(input) {
    readAll(input, false);
    readAll(input, true);
  },
};
