import assert from 'node:assert/strict';
import type { Run } from '../../lib/cli/run-ipvs.ts';
import { assertPlainLines } from './outcomes.ts';

/** What ends a command line without an error of its own: the texts of V8's TypeErrors, RangeErrors and so on. */
const NOT_OURS =
  /Cannot |is not a function|is not iterable|is not defined|is not a constructor|Invalid |out of range|Maximum call|Reduce of|circular/;

/** Checks what a command line printed and how it ended. */
export function assertRun({ status, output, errors }: Run): void {
  assert.ok([0, 1, 2, 141, 255].includes(status), `status ${status}`);
  assertPlainLines(output);
  for (const line of errors.split('\n').slice(0, -1)) {
    assertPlainLines(line);
    assert.match(line, /^ipvs: ./);
    assert.doesNotMatch(line, NOT_OURS);
  }
  if (status !== 0) assert.notEqual(errors, '', 'a failure is told');
}
