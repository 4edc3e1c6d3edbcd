import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { printable, printableJson } from '../../../protocol/netlink/text/printable.ts';

/** Whether a character must not reach a terminal, by its code point instead of its Unicode category. */
function isDangerous(code: number): boolean {
  const within = (first: number, last: number): boolean => code >= first && code <= last;
  return (
    code < 0x20 ||
    within(0x7f, 0x9f) ||
    [0xad, 0x61c, 0xfeff].includes(code) ||
    within(0x200b, 0x200f) ||
    within(0x2028, 0x202e) ||
    within(0x2060, 0x206f) ||
    within(0xd800, 0xdfff) ||
    within(0xfff9, 0xfffb) ||
    within(0xe0000, 0xe007f)
  );
}

describe('untrusted text', () => {
  it('is shown without characters that a terminal interprets', () => {
    for (const [text, shown] of [
      ['wlc', 'wlc'],
      ['rr\x1b]0;x\x07\x1b[2J', 'rr\\x1b]0;x\\x07\\x1b[2J'],
      ['rr\n-C\r\t', 'rr\\x0a-C\\x0d\\x09'],
      ['a\x7f\x9b31m', 'a\\x7f\\x9b31m'],
      ['\u202egnp.exe\u2066', '\\u202egnp.exe\\u2066'],
      ['\u{e0041}', '\\u{e0041}'],
      ['\ud800x', '\\ud800x'],
      ['Zürich 😀 日本', 'Zürich 😀 日本'],
    ] as const)
      assert.equal(printable(text), shown);
  });

  it('contains no dangerous character after escaping', () => {
    for (let code = 0; code < 0x110000; code++) {
      if (!isDangerous(code)) continue;
      const text = `a${String.fromCodePoint(code)}b`;
      const shown = printable(text);
      assert.match(shown, /^a\\[xu][\da-f{}]+b$/, code.toString(16));
      const json = printableJson(JSON.stringify(text));
      assert.match(json, /^[\x20-\x7e]*$/, code.toString(16));
      assert.equal(JSON.parse(json), text);
    }
  });

  it('has the same value in JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = printableJson(JSON.stringify({ [text]: [text] }, null, 2));
        assert.deepEqual(JSON.parse(json), { [text]: [text] });
      }),
    );
  });
});
