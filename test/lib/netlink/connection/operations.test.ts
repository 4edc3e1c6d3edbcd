import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Connection } from '../../../../lib/netlink/connection/connection.ts';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { DumpInterruptedError, type KernelError } from '../../../../lib/netlink/errors.ts';
import { type Operation, perform, performAll } from '../../../../lib/netlink/request/operation.ts';
import { MessageFlag } from '../../../../protocol/netlink/index.ts';
import { done, multiMessage } from '../../messages.ts';
import { type ScriptedRead, type ScriptedRequest, ScriptedTransport } from '../../scripted-transport.ts';
import { TextCall } from '../text-call.ts';
import { echo, transportWithDump } from './scripted-requests.ts';

describe('operations', () => {
  function* operation(): Operation<{ first: string[]; refused: string; outcomes: boolean[] }> {
    const first = yield* perform(new TextCall('a'));
    let refused = '';
    try {
      yield* perform(new TextCall('bad'));
    } catch (error) {
      refused = (error as KernelError).errnoName;
    }
    const outcomes = yield* performAll([new TextCall('b'), new TextCall('bad')]);
    return { first, refused, outcomes: outcomes.map((outcome) => outcome.ok) };
  }
  const expected = { first: ['a'], refused: 'EEXIST', outcomes: [true, false] };

  it('run the same on both connections', async () => {
    assert.deepEqual(new ConnectionSync(new ScriptedTransport(echo)).perform(operation()), expected);
    assert.deepEqual(await new Connection(new ScriptedTransport(echo)).perform(operation()), expected);
  });
});

// The rules are those of lib/netlink/README.md.
describe('streamed dumps', () => {
  it('rule 6: resume the caller after each datagram, synchronously', () => {
    const transport = transportWithDump(5);
    const connection = new ConnectionSync(transport);
    const call = new TextCall('', { dump: true });
    const datagrams: string[][] = [];
    for (const { texts } of connection.dump(call)) datagrams.push(texts.splice(0));
    assert.deepEqual(datagrams, [['0'], ['1'], ['2'], ['3'], ['4']]);
  });

  it('rule 6: when left early, synchronously, the rest is read before the next dump', () => {
    const transport = transportWithDump(5);
    const connection = new ConnectionSync(transport);
    for (const { texts } of connection.dump(new TextCall('', { dump: true }))) {
      assert.deepEqual(texts, ['0']);
      break;
    }
    assert.equal(transport.replies.length, 5);
    assert.deepEqual(connection.run(new TextCall('', { dump: true })).length, 5);
    assert.equal(connection.stats.stale, 5);
  });

  for (const repliesWithinSend of [true, false]) {
    it(`read at most a few datagrams ahead of their consumer (within send: ${repliesWithinSend})`, async () => {
      const transport = transportWithDump(40, { repliesWithinSend });
      await using connection = new Connection(transport);
      const consumed: string[] = [];
      for await (const { texts } of connection.dump(new TextCall('', { dump: true }))) {
        assert.ok(texts.length <= 3, `${texts.length} at once`);
        consumed.push(...texts.splice(0));
        await new Promise((resolve) => setTimeout(resolve, 2));
        const read = 41 - transport.replies.length;
        assert.ok(read - consumed.length <= 3, `${read} read, ${consumed.length} consumed`);
      }
      assert.deepEqual(
        consumed,
        Array.from({ length: 40 }, (_, index) => `${index}`),
      );
    });
  }

  it('rule 6: when left early, the rest is read in the background and the next dump waits for it', async () => {
    const transport = transportWithDump(20);
    await using connection = new Connection(transport);
    for await (const _call of connection.dump(new TextCall('', { dump: true }))) break;
    const [all, one] = await Promise.all([
      connection.run(new TextCall('', { dump: true })),
      connection.run(new TextCall()),
    ]);
    assert.equal(all.length, 20);
    assert.deepEqual(one, ['do']);
    assert.ok(connection.stats.stale > 10);
  });

  it('fail if they were interrupted', async () => {
    const script = ({ sequence }: ScriptedRequest, replies: ScriptedRead[]): void => {
      replies.push(multiMessage(sequence, 'a'), done(sequence, 0, MessageFlag.DUMP_INTR));
    };
    await using connection = new Connection(new ScriptedTransport(script));
    await assert.rejects(async () => {
      for await (const _call of connection.dump(new TextCall('', { dump: true })));
    }, DumpInterruptedError);
    assert.throws(() => {
      for (const _call of new ConnectionSync(new ScriptedTransport(script)).dump(
        new TextCall('', { dump: true }),
      ));
    }, DumpInterruptedError);
  });
});
