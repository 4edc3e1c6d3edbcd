import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { KernelError, ReplyLostError, SystemCallError } from '../../../../lib/netlink/errors.ts';
import { Exchange } from '../../../../lib/netlink/exchange/exchange.ts';
import type { PendingRequest } from '../../../../lib/netlink/exchange/pending-request.ts';
import {
  ByteView,
  MessageFlag,
  MessageType,
  MessageWalker,
  MessageWriter,
} from '../../../../protocol/netlink/index.ts';
import { ack, PORT_ID, reply } from '../../messages.ts';
import { TextCall } from '../text-call.ts';

const { EEXIST } = constants.errno;

/** A call whose only reply is an ack: its own, or one shared with other calls if `shares` is true. */
class AckedCall extends TextCall {
  readonly mayOmitAck: boolean;

  constructor(shares = true) {
    super();
    this.mayOmitAck = shares;
  }
}

/** An exchange whose replies the test supplies. */
class Fixture {
  readonly exchange: Exchange = new Exchange(PORT_ID, new ByteView(new Uint8Array(0)));
  /** Whether each message of the last datagram asks for an ack. */
  ackFlags: boolean[] = [];

  /**
   * Adds a datagram of requests: either this number of them, which share an ack, or one for each boolean, which says
   * whether the request shares it.
   */
  datagram(requested: number | readonly boolean[]): PendingRequest<string[]>[] {
    const writer = new MessageWriter();
    const shares = typeof requested === 'number' ? Array<boolean>(requested).fill(true) : requested;
    const requests = shares.map((share) => this.exchange.request(writer, new AckedCall(share))!);
    this.exchange.endDatagram(writer);
    const walker = new MessageWalker(new ByteView(writer.bytes));
    this.ackFlags = [];
    while (walker.next()) this.ackFlags.push((walker.message.flags & MessageFlag.ACK) !== 0);
    return requests;
  }

  receive(...datagrams: Uint8Array[]): void {
    for (const bytes of datagrams) this.exchange.receive(new ByteView(bytes), 0, bytes.length);
  }
}

const outcomeName = ({ outcome }: PendingRequest<string[]>): string => {
  if (outcome === undefined) return 'none';
  if (outcome.ok) return 'ok';
  if (outcome.error instanceof KernelError) return outcome.error.errnoName;
  return outcome.error instanceof ReplyLostError ? 'unknown' : outcome.error.name;
};

// The rules are those of lib/netlink/README.md.
describe('rule 1: requests in a datagram share the ack of the last one', () => {
  it('requests an ack for the last of them only, and for each that shares none', () => {
    const fixture = new Fixture();
    fixture.datagram(3);
    assert.deepEqual(fixture.ackFlags, [false, false, true]);
    fixture.datagram(1);
    assert.deepEqual(fixture.ackFlags, [true]);
    fixture.datagram([true, false, true, true, false]);
    assert.deepEqual(fixture.ackFlags, [false, true, false, true, true]);
  });

  for (const [name, refused, expected] of [
    ['nothing', [], ['ok', 'ok', 'ok', 'ok']],
    ['the first', [1], ['EEXIST', 'ok', 'ok', 'ok']],
    ['some in the middle', [2, 3], ['ok', 'EEXIST', 'EEXIST', 'ok']],
    ['the last', [4], ['ok', 'ok', 'ok', 'EEXIST']],
    ['everything', [1, 2, 3, 4], ['EEXIST', 'EEXIST', 'EEXIST', 'EEXIST']],
  ] as const) {
    it(`gives each its outcome when ${name} is refused`, () => {
      const fixture = new Fixture();
      const requests = fixture.datagram(4);
      const errors = refused.filter((sequence) => sequence < 4);
      fixture.receive(...errors.map((sequence) => ack(sequence, EEXIST)));
      const before = requests.map(outcomeName);
      assert.ok(
        before.every((outcome, index) => outcome === (errors.includes((index + 1) as 1) ? 'EEXIST' : 'none')),
      );
      fixture.receive(ack(4, (refused as readonly number[]).includes(4) ? EEXIST : 0));
      assert.deepEqual(requests.map(outcomeName), expected);
      assert.equal(fixture.exchange.pending, 0);
    });
  }

  it('waits for the ack of a request that does not share one', () => {
    const fixture = new Fixture();
    const requests = fixture.datagram([true, false, true]);
    fixture.receive(ack(3));
    assert.deepEqual(requests.map(outcomeName), ['ok', 'none', 'ok']);
    fixture.receive(ack(2));
    assert.deepEqual(requests.map(outcomeName), ['ok', 'ok', 'ok']);
  });

  it('accepts an ack that was not requested', () => {
    const fixture = new Fixture();
    const requests = fixture.datagram(2);
    fixture.receive(ack(1), ack(2));
    assert.deepEqual(requests.map(outcomeName), ['ok', 'ok']);
    assert.equal(fixture.exchange.statistics.stale, 0);
  });

  it('counts all requests that one ack ends', () => {
    const fixture = new Fixture();
    fixture.datagram(4);
    fixture.receive(ack(2, EEXIST));
    const last = ack(4);
    assert.equal(fixture.exchange.countEnded(new ByteView(last), 0, last.length), 3);
    assert.equal(fixture.exchange.pending, 3);
  });

  it('fails a request that gets an unexpected message', () => {
    const fixture = new Fixture();
    const requests = fixture.datagram(2);
    fixture.receive(reply(1, '', { type: 5 }), ack(2));
    assert.deepEqual(requests.map(outcomeName), ['DecodeError', 'ok']);
  });

  it('fails all of them when their datagram cannot be sent', () => {
    const fixture = new Fixture();
    const requests = fixture.datagram(3);
    for (const request of requests) {
      fixture.exchange.failUnsent(request, new SystemCallError('write', constants.errno.ENOBUFS));
    }
    assert.deepEqual(requests.map(outcomeName), Array(3).fill('SystemCallError'));
    assert.equal(fixture.exchange.pending, 0);
    fixture.datagram(2);
    assert.deepEqual(fixture.ackFlags, [false, true]);
  });
});

describe('rule 8: after a loss the outcome of requests that share a later ack is unknown', () => {
  const losses = {
    ENOBUFS: (fixture: Fixture) => fixture.exchange.recordLoss(),
    NLMSG_OVERRUN: (fixture: Fixture) => fixture.receive(reply(9, '', { type: MessageType.OVERRUN })),
  };
  for (const [name, lose] of Object.entries(losses)) {
    it(`${name}: exactly those without a reply of their own`, () => {
      const fixture = new Fixture();
      const before = fixture.datagram(2);
      const during = fixture.datagram(4);
      fixture.receive(ack(2), ack(4, EEXIST));
      lose(fixture);
      fixture.receive(ack(6));
      assert.deepEqual([...before, ...during].map(outcomeName), ['ok', 'ok', 'none', 'EEXIST', 'none', 'ok']);
      fixture.exchange.drained();
      assert.deepEqual(during.map(outcomeName), ['unknown', 'EEXIST', 'unknown', 'ok']);
      const after = fixture.datagram(2);
      fixture.receive(ack(8));
      assert.deepEqual(after.map(outcomeName), ['ok', 'ok']);
    });
  }

  it('all of them, when the shared ack is lost too', () => {
    const fixture = new Fixture();
    const requests = fixture.datagram(3);
    fixture.receive(ack(1, EEXIST));
    fixture.exchange.recordLoss();
    fixture.exchange.drained();
    assert.deepEqual(requests.map(outcomeName), ['EEXIST', 'unknown', 'unknown']);
  });
});

describe('rule 17: abandoning one of several requests that share an ack', () => {
  it('does not change the outcomes of the others when it is the last', () => {
    const fixture = new Fixture();
    const requests = fixture.datagram(3);
    fixture.exchange.abandon(requests[2]!);
    fixture.receive(ack(1, EEXIST), ack(3));
    assert.deepEqual(requests.map(outcomeName), ['EEXIST', 'ok', 'none']);
    assert.equal(fixture.exchange.pending, 0);
    assert.equal(fixture.exchange.statistics.stale, 1);
  });

  it('drops the late error of another', () => {
    const fixture = new Fixture();
    const requests = fixture.datagram(3);
    fixture.exchange.abandon(requests[0]!);
    fixture.receive(ack(1, EEXIST), ack(3));
    assert.deepEqual(requests.map(outcomeName), ['none', 'ok', 'ok']);
    assert.equal(fixture.exchange.statistics.stale, 1);
  });

  it('ends all of them when the connection is closed', () => {
    const fixture = new Fixture();
    const requests = fixture.datagram(3);
    fixture.exchange.failAll(() => new RangeError('closed'));
    fixture.receive(ack(3));
    assert.deepEqual(requests.map(outcomeName), Array(3).fill('RangeError'));
  });
});

describe('rule 1: any datagrams of requests, any refusals, a loss anywhere', () => {
  it('reports no outcome that a request did not have, and none as unknown without a loss', () => {
    const scriptedRequest = fc.record({ shares: fc.boolean(), refused: fc.boolean() });
    const datagrams = fc.array(fc.array(scriptedRequest, { minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        datagrams,
        fc.option(fc.nat(24), { nil: undefined }),
        fc.nat(3),
        (sent, firstLost, furtherLost) => {
          const fixture = new Fixture();
          const requests: PendingRequest<string[]>[] = [];
          const replies: { readonly sequence: number; readonly errno: number }[] = [];
          for (const scripted of sent) {
            const pending = fixture.datagram(scripted.map(({ shares }) => shares));
            for (const [index, { refused }] of scripted.entries()) {
              const { sequence } = pending[index]!;
              if (refused || fixture.ackFlags[index]) replies.push({ sequence, errno: refused ? EEXIST : 0 });
            }
            requests.push(...pending);
          }
          // The kernel reports ENOBUFS at the first lost reply, before all later replies.
          const answered = new Set<number>();
          let lossRecorded = false;
          for (const [index, { sequence, errno }] of replies.entries()) {
            if (firstLost !== undefined && index >= firstLost && index <= firstLost + furtherLost) {
              if (!lossRecorded) fixture.exchange.recordLoss();
              lossRecorded = true;
              continue;
            }
            answered.add(sequence);
            fixture.receive(ack(sequence, errno));
          }
          fixture.exchange.drained();
          const expected = sent.flat().map(({ refused }) => (refused ? 'EEXIST' : 'ok'));
          const outcomes = requests.map(outcomeName);
          for (const [index, request] of requests.entries()) {
            if (outcomes[index] === expected[index]) continue;
            assert.equal(outcomes[index], 'unknown');
            assert.ok(lossRecorded && !answered.has(request.sequence));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
