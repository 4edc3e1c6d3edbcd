import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { Connection } from '../../../../lib/netlink/connection/connection.ts';
import {
  ClosedError,
  DeadlineError,
  DumpInterruptedError,
  KernelError,
  ReplyLostError,
  SystemCallError,
} from '../../../../lib/netlink/errors.ts';
import { MessageFlag } from '../../../../protocol/netlink/index.ts';
import { ack, datagram, done, multiMessage, reply } from '../../messages.ts';
import { ScriptedTransport } from '../../scripted-transport.ts';
import { TextCall } from '../text-call.ts';
import { connectionKinds } from './connection-kinds.ts';
import { echo, isDump, transportWithDump } from './scripted-requests.ts';

const { ENOBUFS } = constants.errno;

// The rules are those of lib/netlink/README.md.
for (const { name, connect } of connectionKinds) {
  describe(name, () => {
    for (const repliesWithinSend of [true, false]) {
      const when = repliesWithinSend ? 'within send' : 'later';

      it(`rule 1: runs do requests and dumps, answered ${when}`, async () => {
        const connection = connect(new ScriptedTransport(echo, { repliesWithinSend }));
        assert.deepEqual(await connection.run(new TextCall('one')), ['one']);
        assert.deepEqual(await connection.run(new TextCall('all', { dump: true })), ['all', 'all']);
        assert.equal(connection.stats.sends, 2);
        assert.equal(connection.stats.datagrams, 5);
        await connection.close();
      });

      it(`rule 4: repeats an interrupted dump, answered ${when}`, async () => {
        let dumps = 0;
        const transport = new ScriptedTransport(
          ({ sequence }, replies) => {
            const flag = ++dumps < 3 ? MessageFlag.DUMP_INTR : 0;
            replies.push(multiMessage(sequence, `part ${dumps}`, flag), done(sequence));
          },
          { repliesWithinSend },
        );
        const connection = connect(transport);
        assert.deepEqual(await connection.run(new TextCall('', { dump: true })), ['part 3']);
        assert.equal(connection.stats.retries, 2);
        await connection.close();
      });

      it(`rule 7: sends many requests in few datagrams, each with its own outcome, answered ${when}`, async () => {
        const transport = new ScriptedTransport(echo, { repliesWithinSend, maximumDatagram: 1024 });
        const connection = connect(transport);
        const calls = Array.from(
          { length: 200 },
          (_, index) => new TextCall(index % 7 === 3 ? 'bad' : `${index}`),
        );
        const outcomes = await connection.runAll(calls);
        for (const [index, outcome] of outcomes.entries()) {
          if (index % 7 === 3) assert.ok(!outcome.ok && outcome.error instanceof KernelError);
          else assert.deepEqual(outcome.ok && outcome.value, [`${index}`]);
        }
        assert.ok(
          transport.datagramsSent >= 4 && transport.datagramsSent <= 8,
          `${transport.datagramsSent} datagrams`,
        );
        await connection.close();
      });

      it(`rule 8: fails what is unanswered after ENOBUFS and repeats nothing, answered ${when}`, async () => {
        const transport = new ScriptedTransport(
          ({ sequence }, replies) => {
            if (sequence === 1) replies.push(new SystemCallError('recvmsg', ENOBUFS));
            if (sequence <= 3) replies.push(ack(sequence));
          },
          { repliesWithinSend },
        );
        const connection = connect(transport);
        const outcomes = await connection.runAll(Array.from({ length: 5 }, () => new TextCall()));
        assert.deepEqual(
          outcomes.map((outcome) => outcome.ok),
          [true, true, true, false, false],
        );
        assert.ok(
          outcomes.slice(3).every((outcome) => !outcome.ok && outcome.error instanceof ReplyLostError),
        );
        assert.equal(transport.sent.length, 5);
        assert.equal(connection.stats.overruns, 1);
        await assert.rejects(connection.run(new TextCall('x'), { deadline: 30 }));
        await connection.close();
      });
    }

    it('rule 4: fails after a limited number of attempts, with an error that has the data', async () => {
      const transport = new ScriptedTransport(({ sequence }, replies) => {
        replies.push(multiMessage(sequence, 'a', MessageFlag.DUMP_INTR), done(sequence));
      });
      const connection = connect(transport, { attempts: 2 });
      const call = new TextCall('', { dump: true });
      await assert.rejects(connection.run(call), (error: unknown) => {
        assert.ok(error instanceof DumpInterruptedError);
        assert.deepEqual(error.data, ['a']);
        assert.equal(error.attempts, 2);
        return true;
      });
      assert.equal(transport.sent.length, 2);
      await connection.close();
    });

    it('rule 2: a reply that is not there when send has returned is lost, not waited for', async () => {
      const connection = connect(new ScriptedTransport(() => undefined));
      await assert.rejects(connection.run(new TextCall()), ReplyLostError);
      await connection.close();
    });

    it('rule 8: bounds what is in flight by the receive buffer', async () => {
      let waiting = 0;
      let mostWaiting = 0;
      const transport = new ScriptedTransport(
        ({ sequence }, replies) => {
          replies.push(ack(sequence));
          waiting = replies.length;
          mostWaiting = Math.max(mostWaiting, waiting);
        },
        { receiveBuffer: 64 * 3072 },
      );
      const connection = connect(transport);
      const outcomes = await connection.runAll(Array.from({ length: 300 }, () => new TextCall()));
      assert.ok(outcomes.every((outcome) => outcome.ok));
      assert.equal(mostWaiting, 64);
      await connection.close();
    });

    it('rule 17: a deadline ends the wait, and the late reply is dropped', async () => {
      let lateSequence: number | undefined;
      const transport = new ScriptedTransport(
        ({ sequence }, replies) => {
          if (lateSequence !== undefined)
            replies.push(
              reply(lateSequence, 'late'),
              ack(lateSequence),
              reply(sequence, 'mine'),
              ack(sequence),
            );
          lateSequence = sequence;
        },
        { repliesWithinSend: false },
      );
      const connection = connect(transport);
      await assert.rejects(connection.run(new TextCall('slow'), { deadline: 20 }), DeadlineError);
      assert.deepEqual(await connection.run(new TextCall()), ['mine']);
      assert.equal(connection.stats.stale, 2);
      await connection.close();
    });

    it('rule 17: after closing nothing runs, and closing twice is harmless', async () => {
      const transport = new ScriptedTransport(echo);
      const connection = connect(transport);
      await connection.close();
      await connection.close();
      await assert.rejects(connection.run(new TextCall()), ClosedError);
      assert.equal(transport.closeCalls, 1);
      assert.equal(transport.sent.length, 0);
    });

    it('fails what cannot be encoded or sent, and goes on', async () => {
      const transport = new ScriptedTransport(echo);
      const connection = connect(transport);
      const bad = new TextCall();
      bad.encode = () => {
        throw new RangeError('no');
      };
      const outcomes = await connection.runAll([new TextCall('a'), bad, new TextCall('b')]);
      assert.deepEqual(
        outcomes.map((outcome) => outcome.ok),
        [true, false, true],
      );
      transport.send = () => {
        throw new SystemCallError('sendmsg', constants.errno.EMSGSIZE);
      };
      await assert.rejects(connection.run(new TextCall('big')), SystemCallError);
      await connection.close();
    });

    it('reads all datagrams into one or two buffers', async () => {
      const text = 'x'.repeat(30000);
      const transport = new ScriptedTransport(({ sequence }, replies) => {
        for (let index = 0; index < 60; index++) replies.push(multiMessage(sequence, `${index}${text}`));
        replies.push(done(sequence));
      });
      const connection = connect(transport);
      const buffers = new Set<ArrayBufferLike>();
      const call = new TextCall('', { dump: true });
      const receive = call.receive.bind(call);
      call.receive = (message) => {
        buffers.add(message.view.bytes.buffer);
        receive(message);
      };
      const texts = await connection.run(call);
      assert.ok(buffers.size <= 2);
      assert.deepEqual(
        texts,
        Array.from({ length: 60 }, (_, index) => `${index}${text}`),
      );
      await connection.close();
    });
  });
}

describe('Connection, not ConnectionSync', () => {
  it('rule 6: queues dumps, and lets do requests go in between', async () => {
    const transport = transportWithDump(10);
    await using connection = new Connection(transport);
    const order: string[] = [];
    await Promise.all([
      connection.run(new TextCall('', { dump: true })).then(() => order.push('dump 1')),
      connection.run(new TextCall('', { dump: true })).then(() => order.push('dump 2')),
      connection.run(new TextCall()).then(() => order.push('do')),
    ]);
    assert.equal(order.indexOf('dump 2'), 2);
    assert.equal(transport.sent.filter(isDump).length, 2);
  });

  it('reads short dumps in the same turn of the event loop, and long ones on the thread pool', async () => {
    const short = transportWithDump(2);
    await new Connection(short).run(new TextCall('', { dump: true }));
    assert.deepEqual([short.syncReads, short.asyncReads], [3, 0]);
    const long = transportWithDump(30);
    await new Connection(long).run(new TextCall('', { dump: true }));
    assert.deepEqual([long.syncReads, long.asyncReads], [4, 27]);
  });

  it('does not block the event loop under a flood of requests', async () => {
    await using connection = new Connection(new ScriptedTransport(echo));
    let turns = 0;
    let running = true;
    const count = (): void => {
      turns++;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    const started = performance.now();
    while (turns < 5 && performance.now() - started < 5000) await connection.run(new TextCall('x'));
    running = false;
    assert.ok(turns >= 5, `${turns} turns`);
  });

  it('rule 17: closing rejects everything that is pending or queued', async () => {
    const transport = new ScriptedTransport(() => undefined, { repliesWithinSend: false });
    const connection = new Connection(transport);
    const all = Promise.allSettled([
      connection.run(new TextCall()),
      connection.run(new TextCall('', { dump: true })),
      connection.run(new TextCall('', { dump: true })),
    ]);
    await connection.close();
    for (const result of await all) {
      assert.ok(result.status === 'rejected' && result.reason instanceof ClosedError);
    }
  });

  it('rule 17: a signal cancels a dump that was sent, a queued one, and a request made after it', async () => {
    const transport = new ScriptedTransport(() => undefined, { repliesWithinSend: false });
    await using connection = new Connection(transport);
    const controller = new AbortController();
    const { signal } = controller;
    const all = Promise.allSettled([
      connection.run(new TextCall('', { dump: true }), { signal }),
      connection.run(new TextCall('', { dump: true }), { signal }),
    ]);
    const reason = new Error('enough');
    controller.abort(reason);
    for (const result of await all) assert.ok(result.status === 'rejected' && result.reason === reason);
    await assert.rejects(connection.run(new TextCall(), { signal }), reason);
    assert.equal(transport.sent.length, 1);
  });

  it('receives several messages in one datagram', async () => {
    const transport = new ScriptedTransport(({ sequence }, replies) => {
      replies.push(datagram(multiMessage(sequence, 'a'), multiMessage(sequence, 'b'), done(sequence)));
    });
    await using connection = new Connection(transport);
    assert.deepEqual(await connection.run(new TextCall('', { dump: true })), ['a', 'b']);
    assert.equal(connection.stats.receives, 1);
  });
});
