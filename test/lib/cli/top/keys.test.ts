import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readKeys } from '../../../../lib/cli/top/screen/keys.ts';

describe('keys', () => {
  it('are read as terminals send them', () => {
    for (const [text, keys] of [
      ['qs/', ['q', 's', '/']],
      ['\x1b[A\x1b[B\x1b[C\x1b[D', ['up', 'down', 'right', 'left']],
      ['\x1bOA\x1bOH\x1b[F\x1b[1~\x1b[4~', ['up', 'home', 'end', 'home', 'end']],
      ['\x1b[5~\x1b[6~', ['page-up', 'page-down']],
      ['\r\n\x7f\b\x03\x1a', ['enter', 'enter', 'backspace', 'backspace', 'ctrl-c', 'ctrl-z']],
      ['é\u{1f600}', ['é', '\u{1f600}']],
      ['\x1b\x1b[A', ['escape', 'up']],
      ['\x1bq', ['escape', 'q']],
    ] as const)
      assert.deepEqual(readKeys(text), { keys, rest: '' }, JSON.stringify(text));
  });

  it('that ipvs top does not know are ignored with their whole escape sequence', () => {
    assert.deepEqual(readKeys('\x1b[1;5Aa\x1b[200~b\x1b[?1;2c\x1bOP\x00\x1dc').keys, ['a', 'b', 'c']);
  });

  it('may come in two halves', () => {
    for (const sequence of ['\x1b[A', '\x1b[5~', '\x1bOB'])
      for (let at = 1; at < sequence.length; at++) {
        const { keys, rest } = readKeys(`k${sequence.slice(0, at)}`);
        assert.deepEqual([keys, rest], [['k'], sequence.slice(0, at)]);
        assert.equal(readKeys(rest + sequence.slice(at)).keys.length, 1);
      }
    for (const half of ['\x1b', '\x1b[', '\x1b[1;'])
      assert.deepEqual(readKeys(half, true), { keys: ['escape'], rest: '' });
  });
});
