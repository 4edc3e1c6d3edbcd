import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closestName, didYouMean } from '../../../lib/text/closest-name.ts';

const schedulers = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'dh', 'sh', 'mh'];

describe('a misspelt name', () => {
  it('gives the name that was meant', () => {
    for (const [word, names, meant] of [
      ['wcl', schedulers, 'wlc'],
      ['rrr', schedulers, 'rr'],
      ['weigth', ['port', 'weight', 'address'], 'weight'],
      ['--shceduler', ['--syncid', '--scheduler'], '--scheduler'],
      ['aply', ['apply', 'diff'], 'apply'],
    ] as const)
      assert.equal(closestName(word, names), meant, word);
  });

  it('gives nothing where no name is close, or where it is too long to compare', () => {
    for (const word of ['', 'x', 'colour', 'rr', 'a'.repeat(1e6)])
      assert.equal(closestName(word, ['rr']), undefined, word.slice(0, 9));
    assert.equal(didYouMean('wcl', schedulers), '; did you mean wlc?');
    assert.equal(didYouMean('nonesuch', schedulers), '');
  });
});
