import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClosedError, DeadlineError, NotSentError } from '../../../../lib/netlink/errors.ts';
import { type Operation, perform, streamDump } from '../../../../lib/netlink/request/operation.ts';
import type { Outcome } from '../../../../lib/netlink/request/outcome.ts';
import { MessageFlag } from '../../../../protocol/netlink/index.ts';
import { ack, done, multiMessage, reply } from '../../messages.ts';
import { type ScriptedRead, type ScriptedRequest, ScriptedTransport } from '../../scripted-transport.ts';
import { TextCall } from '../text-call.ts';
import { connectionKinds } from './connection-kinds.ts';

const isDump = (request: ScriptedRequest): boolean => (request.flags & MessageFlag.DUMP) === MessageFlag.DUMP;
const nothing = (): void => undefined;

function outcomeNames(outcomes: readonly Outcome<unknown>[]): string[] {
  return outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.name));
}

function wait(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Calls that share the ack of the last one in their datagram. */
const callsWithSharedAck = (count: number): TextCall[] =>
  Array.from({ length: count }, () => Object.assign(new TextCall(), { mayOmitAck: true }));

// The rules are those of lib/netlink/README.md.
for (const { name, connect } of connectionKinds) {
  describe(`rule 17: deadlines and signals: ${name}`, () => {
    it('reports the time limit of the option, not the time that was left for the request', async () => {
      const connection = connect(new ScriptedTransport(nothing, { repliesWithinSend: false }));
      const options = { deadline: 30 };
      await assert.rejects(connection.run(new TextCall('a'), options), {
        name: 'DeadlineError',
        message: 'GET_TEXT of a: no reply within 30 ms',
      });
      function* slowOperation(): Operation<string[]> {
        wait(5);
        return yield* perform(new TextCall('b'));
      }
      await assert.rejects(connection.perform(slowOperation(), options), {
        message: 'GET_TEXT of b: no reply within 30 ms',
      });
      await connection.close();
    });

    it('has one deadline for all requests of an operation', async () => {
      const transport = new ScriptedTransport(({ sequence }, replies) => {
        wait(5);
        replies.push(reply(sequence, 'answer'), ack(sequence));
      });
      const connection = connect(transport);
      function* manyRequests(): Operation<void> {
        for (let index = 0; index < 1000; index++) yield* perform(new TextCall());
      }
      await assert.rejects(connection.perform(manyRequests(), { deadline: 40 }), DeadlineError);
      assert.ok(transport.sent.length < 20, `${transport.sent.length} requests`);
      await connection.close();
    });

    it('has one deadline for a whole stream, the time of its consumer included', async () => {
      const transport = new ScriptedTransport(({ sequence }, replies) => {
        for (let index = 0; index < 1000; index++) replies.push(multiMessage(sequence, `${index}`));
        replies.push(done(sequence));
      });
      const connection = connect(transport);
      let taken = 0;
      await assert.rejects(async () => {
        for await (const _call of connection.dump(new TextCall('', { dump: true }), { deadline: 40 })) {
          taken++;
          wait(5);
        }
      }, DeadlineError);
      assert.ok(taken < 30, `${taken} taken`);
      assert.equal((await connection.run(new TextCall('', { dump: true }))).length, 1000);
      await connection.close();
    });

    it('sends nothing if the deadline is over or the signal is aborted already', async () => {
      const transport = new ScriptedTransport(nothing);
      const connection = connect(transport);
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      await assert.rejects(connection.run(new TextCall(), { deadline: 0 }), DeadlineError);
      await assert.rejects(connection.run(new TextCall(), { signal }), reason);
      for (const options of [{ deadline: 0 }, { signal }]) {
        assert.deepEqual(
          outcomeNames(await connection.runAll(callsWithSharedAck(3), options)),
          Array(3).fill('NotSentError'),
        );
        await assert.rejects(async () => {
          for await (const _call of connection.dump(new TextCall('', { dump: true }), options));
        });
      }
      const [outcome] = await connection.runAll(callsWithSharedAck(1), { signal });
      assert.ok(outcome?.ok === false && outcome.error instanceof NotSentError);
      assert.equal(outcome.error.cause, reason);
      assert.equal(transport.sent.length, 0);
      await connection.close();
    });

    it('distinguishes requests that were sent from those that were not', async () => {
      // The smallest buffer allows 16 requests in flight.
      const transport = new ScriptedTransport(nothing, { repliesWithinSend: false, receiveBuffer: 1 });
      const connection = connect(transport);
      const outcomes = await connection.runAll(callsWithSharedAck(40), { deadline: 20 });
      assert.deepEqual(outcomeNames(outcomes), [
        ...Array(16).fill('DeadlineError'),
        ...Array(24).fill('NotSentError'),
      ]);
      await connection.close();
      assert.deepEqual(
        outcomeNames(await connection.runAll(callsWithSharedAck(2))),
        Array(2).fill('NotSentError'),
      );
      await assert.rejects(connection.run(new TextCall()), ClosedError);
    });

    it('allows as many requests in flight after many deadlines as before', async () => {
      let silent = true;
      const transport = new ScriptedTransport(
        ({ sequence, flags }, replies) => {
          if (!silent && (flags & MessageFlag.ACK) !== 0) replies.push(ack(sequence));
        },
        { repliesWithinSend: false, receiveBuffer: 1 },
      );
      const connection = connect(transport);
      for (let round = 0; round < 20; round++)
        await connection.runAll(callsWithSharedAck(16), { deadline: 2 });
      silent = false;
      transport.sent.length = 0;
      transport.datagramsSent = 0;
      assert.deepEqual(outcomeNames(await connection.runAll(callsWithSharedAck(16))), Array(16).fill('ok'));
      assert.equal(transport.datagramsSent, 1);
      await connection.close();
    });

    it('reads a stream to its end when another dump is requested inside its loop', async () => {
      const transport = new ScriptedTransport((request, replies: ScriptedRead[]) => {
        for (let index = 0; index < 30; index++) replies.push(multiMessage(request.sequence, `${index}`));
        replies.push(done(request.sequence));
      });
      const connection = connect(transport);
      const call = new TextCall('', { dump: true });
      const texts: string[] = [];
      let inner = 0;
      const items = connection.stream(streamDump(call, () => call.texts.splice(0)));
      for await (const item of items) {
        texts.push(item);
        if (texts.length % 10 === 5)
          inner += (await connection.run(new TextCall('', { dump: true }), { deadline: 5000 })).length;
      }
      assert.deepEqual([texts.length, inner], [30, 90]);
      await connection.close();
    });
  });
}

describe('an AbortSignal', () => {
  it('that thousands of requests share has one listener, and none afterwards', async () => {
    const [{ connect }] = connectionKinds as [(typeof connectionKinds)[0]];
    const connection = connect(new ScriptedTransport(nothing, { repliesWithinSend: false }));
    const controller = new AbortController();
    const { signal } = controller;
    let listening = 0;
    let mostListening = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...parameters: Parameters<typeof addEventListener>) => {
      mostListening = Math.max(mostListening, ++listening);
      addEventListener.apply(signal, parameters);
    };
    signal.removeEventListener = (...parameters: Parameters<typeof removeEventListener>) => {
      listening--;
      removeEventListener.apply(signal, parameters);
    };
    const first = connection.run(new TextCall(), { deadline: 5, signal });
    const requests = Array.from({ length: 2000 }, () => connection.run(new TextCall(), { signal }));
    await assert.rejects(first, DeadlineError);
    assert.equal(mostListening, 1);
    const reason = new Error('enough');
    controller.abort(reason);
    for (const result of await Promise.allSettled(requests))
      assert.ok(result.status === 'rejected' && result.reason === reason);
    assert.equal(listening, 0);
    await connection.close();
  });
});

it('queued dumps are sent in order, even if some of them time out', async () => {
  const transport = new ScriptedTransport(
    (request, replies) => {
      if (isDump(request)) replies.push(multiMessage(request.sequence, 'x'), done(request.sequence));
    },
    { repliesWithinSend: false },
  );
  const [{ connect }] = connectionKinds as [(typeof connectionKinds)[0]];
  const connection = connect(transport);
  const dumps = ['a', 'b', 'c', 'd'].map((text) =>
    connection.run(new TextCall(text, { dump: true }), text === 'b' || text === 'c' ? { deadline: 0 } : {}),
  );
  const results = await Promise.allSettled(dumps);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  );
  assert.equal(transport.sent.length, 2);
  await connection.close();
});
