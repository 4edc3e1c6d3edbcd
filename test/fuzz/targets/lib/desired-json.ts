import assert from 'node:assert/strict';
import { parseJson } from '../../../../lib/ipvs/desired-file/parse-json.ts';
import { assertDesiredFile, exampleFile, FILE_DICTIONARY } from '../../checks/desired-file.ts';
import type { Target } from '../../target.ts';

/** Errors about valid JSON: duplicate keys, too deep nesting, too many distinct keys. */
const LIMITS = /duplicate key|nested deeper|distinct keys/;

function parsed(text: string): unknown {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

export const target: Target = {
  format: { kind: 'text', dictionary: FILE_DICTIONARY },
  coveredModules: ['lib/ipvs/desired-file/', 'lib/ipvs/plan/desired-services.js'],
  seeds: () => [JSON.stringify(exampleFile, null, 1), '[1, -0, 2.5e3, "\\u0041\\n", {"": null}, true]'],
  async run(input) {
    const text = Buffer.from(input).toString();
    const { value, errors } = parseJson(text);
    const expected = parsed(text);
    if (errors.length === 0) assert.deepEqual({ value }, expected);
    else if (expected !== undefined) for (const { problem } of errors) assert.match(problem, LIMITS);
    await assertDesiredFile(text, 'json');
    await assertDesiredFile(text, 'yaml');
  },
};
