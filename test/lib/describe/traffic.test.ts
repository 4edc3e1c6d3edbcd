import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrafficDescriber } from '../../../lib/describe/traffic.ts';
import { attribute, genericMessage } from '../../protocol/reference-encoder.ts';

test('a message of any number of attributes is described', () => {
  const count = 150_000;
  const attributes = Buffer.alloc(4 * count, attribute(99));
  const lines = new TrafficDescriber(undefined, []).lines(
    genericMessage({ type: 16, flags: 0 }, 1, attributes),
  );
  assert.ok(lines.length > count);
});
