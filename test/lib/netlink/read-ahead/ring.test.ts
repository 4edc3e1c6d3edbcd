import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadRing } from '../../../../lib/netlink/read-ahead/ring.ts';

const LIMIT = 2000;

describe('a wait for the ring', () => {
  /** A condition that the other thread changes right after it was checked for the first time. */
  function changedAfterCheck(ring: ReadRing): { condition: () => boolean; checks: () => number } {
    let checks = 0;
    const condition = (): boolean => {
      const before = checks++ === 0;
      if (before) ring.put(0, 20);
      return before;
    };
    return { condition, checks: () => checks };
  }

  it('ends by a change that came between the check of the condition and the wait', () => {
    const ring = new ReadRing();
    const { condition, checks } = changedAfterCheck(ring);
    assert.equal(ring.waitWhile(condition, LIMIT), true);
    assert.equal(checks(), 2);
  });

  it('ends by such a change when it does not block', async () => {
    const ring = new ReadRing();
    const { condition, checks } = changedAfterCheck(ring);
    await Promise.race([
      ring.waitWhileAsync(condition),
      sleep(LIMIT, undefined, { ref: false }).then(() => assert.fail('the change was not noticed')),
    ]);
    assert.equal(checks(), 2);
  });

  it('ends after a time without any change', () => {
    assert.equal(
      new ReadRing().waitWhile(() => true, 1),
      false,
    );
  });
});
