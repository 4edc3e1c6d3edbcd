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

/** A call whose only reply is an ack, of its own unless it `shares` one. */
class Write extends TextCall {
  readonly sharesAck: boolean;

  constructor(shares = true) {
    super();
    this.sharesAck = shares;
  }
}

/** An exchange whose replies the test supplies. */
class Bench {
  readonly exchange: Exchange = new Exchange(PORT_ID, new ByteView(new Uint8Array(0)));
  /** Whether each message of the last datagram asks for an ack. */
  asked: boolean[] = [];

  /** Adds a datagram of `writes` writes that share an ack, or of one write per flag: whether it does. */
  datagram(writes: number | readonly boolean[]): PendingRequest<string[]>[] {
    const writer = new MessageWriter();
    const shares = typeof writes === 'number' ? Array<boolean>(writes).fill(true) : writes;
    const requests = shares.map((share) => this.exchange.request(writer, new Write(share))!);
    this.exchange.endDatagram(writer);
    const walker = new MessageWalker(new ByteView(writer.bytes));
    this.asked = [];
    while (walker.next()) this.asked.push((walker.message.flags & MessageFlag.ACK) !== 0);
    return requests;
  }

  receive(...datagrams: Uint8Array[]): void {
    for (const bytes of datagrams) this.exchange.receive(new ByteView(bytes), 0, bytes.length);
  }
}

const outcomeName = ({ outcome }: PendingRequest<string[]>): string => {
  if (outcome === undefined) return 'waits';
  if (outcome.ok) return 'done';
  if (outcome.error instanceof KernelError) return outcome.error.errnoName;
  return outcome.error instanceof ReplyLostError ? 'unknown' : outcome.error.name;
};

// The rules are those of lib/netlink/README.md.
describe('rule 1: writes in a datagram share the ack of the last one', () => {
  it('requests an ack for the last of them only, and for each that shares none', () => {
    const bench = new Bench();
    bench.datagram(3);
    assert.deepEqual(bench.asked, [false, false, true]);
    bench.datagram(1);
    assert.deepEqual(bench.asked, [true]);
    bench.datagram([true, false, true, true, false]);
    assert.deepEqual(bench.asked, [false, true, false, true, true]);
  });

  for (const [name, refused, expected] of [
    ['nothing', [], ['done', 'done', 'done', 'done']],
    ['the first', [1], ['EEXIST', 'done', 'done', 'done']],
    ['some in the middle', [2, 3], ['done', 'EEXIST', 'EEXIST', 'done']],
    ['the last', [4], ['done', 'done', 'done', 'EEXIST']],
    ['everything', [1, 2, 3, 4], ['EEXIST', 'EEXIST', 'EEXIST', 'EEXIST']],
  ] as const) {
    it(`gives each its outcome when ${name} is refused`, () => {
      const bench = new Bench();
      const requests = bench.datagram(4);
      const errors = refused.filter((sequence) => sequence < 4);
      bench.receive(...errors.map((sequence) => ack(sequence, EEXIST)));
      const before = requests.map(outcomeName);
      assert.ok(
        before.every((found, index) => found === (errors.includes((index + 1) as 1) ? 'EEXIST' : 'waits')),
      );
      bench.receive(ack(4, (refused as readonly number[]).includes(4) ? EEXIST : 0));
      assert.deepEqual(requests.map(outcomeName), expected);
      assert.equal(bench.exchange.pending, 0);
    });
  }

  it('waits for the ack of a write that does not share one', () => {
    const bench = new Bench();
    const requests = bench.datagram([true, false, true]);
    bench.receive(ack(3));
    assert.deepEqual(requests.map(outcomeName), ['done', 'waits', 'done']);
    bench.receive(ack(2));
    assert.deepEqual(requests.map(outcomeName), ['done', 'done', 'done']);
  });

  it('accepts an ack that was not requested', () => {
    const bench = new Bench();
    const requests = bench.datagram(2);
    bench.receive(ack(1), ack(2));
    assert.deepEqual(requests.map(outcomeName), ['done', 'done']);
    assert.equal(bench.exchange.statistics.stale, 0);
  });

  it('counts all writes that one ack ends', () => {
    const bench = new Bench();
    bench.datagram(4);
    bench.receive(ack(2, EEXIST));
    const last = ack(4);
    assert.equal(bench.exchange.countEnded(new ByteView(last), 0, last.length), 3);
    assert.equal(bench.exchange.pending, 3);
  });

  it('fails a write that gets an unexpected message', () => {
    const bench = new Bench();
    const requests = bench.datagram(2);
    bench.receive(reply(1, '', { type: 5 }), ack(2));
    assert.deepEqual(requests.map(outcomeName), ['DecodeError', 'done']);
  });

  it('fails all of them when their datagram cannot be sent', () => {
    const bench = new Bench();
    const requests = bench.datagram(3);
    for (const request of requests) {
      bench.exchange.unsent(request, new SystemCallError('write', constants.errno.ENOBUFS));
    }
    assert.deepEqual(requests.map(outcomeName), Array(3).fill('SystemCallError'));
    assert.equal(bench.exchange.pending, 0);
    bench.datagram(2);
    assert.deepEqual(bench.asked, [false, true]);
  });
});

describe('rule 8: after a loss the outcome of writes that share a later ack is unknown', () => {
  const losses = {
    ENOBUFS: (bench: Bench) => bench.exchange.recordLoss(),
    NLMSG_OVERRUN: (bench: Bench) => bench.receive(reply(9, '', { type: MessageType.OVERRUN })),
  };
  for (const [name, lose] of Object.entries(losses)) {
    it(`${name}: exactly those without a reply of their own`, () => {
      const bench = new Bench();
      const before = bench.datagram(2);
      const during = bench.datagram(4);
      bench.receive(ack(2), ack(4, EEXIST));
      lose(bench);
      bench.receive(ack(6));
      assert.deepEqual([...before, ...during].map(outcomeName), [
        'done',
        'done',
        'waits',
        'EEXIST',
        'waits',
        'done',
      ]);
      bench.exchange.drained();
      assert.deepEqual(during.map(outcomeName), ['unknown', 'EEXIST', 'unknown', 'done']);
      const after = bench.datagram(2);
      bench.receive(ack(8));
      assert.deepEqual(after.map(outcomeName), ['done', 'done']);
    });
  }

  it('all of them, when the shared ack is lost too', () => {
    const bench = new Bench();
    const requests = bench.datagram(3);
    bench.receive(ack(1, EEXIST));
    bench.exchange.recordLoss();
    bench.exchange.drained();
    assert.deepEqual(requests.map(outcomeName), ['EEXIST', 'unknown', 'unknown']);
  });
});

describe('rule 17: abandoning one of several writes that share an ack', () => {
  it('does not change the outcomes of the others when it is the last', () => {
    const bench = new Bench();
    const requests = bench.datagram(3);
    bench.exchange.abandon(requests[2]!);
    bench.receive(ack(1, EEXIST), ack(3));
    assert.deepEqual(requests.map(outcomeName), ['EEXIST', 'done', 'waits']);
    assert.equal(bench.exchange.pending, 0);
    assert.equal(bench.exchange.statistics.stale, 1);
  });

  it('drops the late error of another', () => {
    const bench = new Bench();
    const requests = bench.datagram(3);
    bench.exchange.abandon(requests[0]!);
    bench.receive(ack(1, EEXIST), ack(3));
    assert.deepEqual(requests.map(outcomeName), ['waits', 'done', 'done']);
    assert.equal(bench.exchange.statistics.stale, 1);
  });

  it('ends all of them when the connection is closed', () => {
    const bench = new Bench();
    const requests = bench.datagram(3);
    bench.exchange.failAll(() => new RangeError('closed'));
    bench.receive(ack(3));
    assert.deepEqual(requests.map(outcomeName), Array(3).fill('RangeError'));
  });
});

describe('rule 1: any datagrams of writes, any refusals, a loss anywhere', () => {
  it('reports no outcome that a write did not have, and none as unknown without a loss', () => {
    const write = fc.record({ shares: fc.boolean(), refused: fc.boolean() });
    const datagrams = fc.array(fc.array(write, { minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        datagrams,
        fc.option(fc.nat(24), { nil: undefined }),
        fc.nat(3),
        (sent, firstLost, lost) => {
          const bench = new Bench();
          const requests: PendingRequest<string[]>[] = [];
          const replies: { readonly sequence: number; readonly errno: number }[] = [];
          for (const writes of sent) {
            const pending = bench.datagram(writes.map(({ shares }) => shares));
            for (const [index, { refused }] of writes.entries()) {
              const { sequence } = pending[index]!;
              if (refused || bench.asked[index]) replies.push({ sequence, errno: refused ? EEXIST : 0 });
            }
            requests.push(...pending);
          }
          // The kernel reports ENOBUFS at the first lost reply, before all later replies.
          const answered = new Set<number>();
          let lossRecorded = false;
          for (const [index, { sequence, errno }] of replies.entries()) {
            if (firstLost !== undefined && index >= firstLost && index <= firstLost + lost) {
              if (!lossRecorded) bench.exchange.recordLoss();
              lossRecorded = true;
              continue;
            }
            answered.add(sequence);
            bench.receive(ack(sequence, errno));
          }
          bench.exchange.drained();
          const expected = sent.flat().map(({ refused }) => (refused ? 'EEXIST' : 'done'));
          const found = requests.map(outcomeName);
          for (const [index, request] of requests.entries()) {
            if (found[index] === expected[index]) continue;
            assert.equal(found[index], 'unknown');
            assert.ok(lossRecorded && !answered.has(request.sequence));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
