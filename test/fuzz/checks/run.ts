import assert from 'node:assert/strict';
import type { Run } from '../../lib/cli/run-ipvs.ts';
import { assertPrintableLines } from './outcomes.ts';

/** Texts of V8's own errors, such as TypeError and RangeError: with one, the command failed by a bug. */
const V8_ERROR =
  /Cannot |is not a function|is not iterable|is not defined|is not a constructor|Invalid |out of range|Maximum call|Reduce of|circular/;

/** Checks what a command printed, and its exit status. */
export function assertRun({ status, output, errors }: Run): void {
  assert.ok([0, 1, 2, 141, 255].includes(status), `status ${status}`);
  assertPrintableLines(output);
  for (const line of errors.split('\n').slice(0, -1)) {
    assertPrintableLines(line);
    assert.match(line, /^ipvs: ./);
    assert.doesNotMatch(line, V8_ERROR);
  }
  if (status !== 0) assert.notEqual(errors, '', 'a failure has a message');
}
