import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TruncatedError } from '../../../../lib/netlink/errors.ts';
import { MessageFlag, MessageType } from '../../../../protocol/netlink/index.ts';
import { ack, datagram, done, multiMessage, reply } from '../../messages.ts';
import { type ScriptedRead, type ScriptedRequest, ScriptedTransport } from '../../scripted-transport.ts';
import { TextCall } from '../text-call.ts';
import { connectionKinds } from './connection-kinds.ts';

const isDump = (request: ScriptedRequest): boolean => (request.flags & MessageFlag.DUMP) === MessageFlag.DUMP;
const big = 'x'.repeat(100_000);
const huge = 'y'.repeat(1_000_000);

/** Answers a dump with a small, a large and a small text, `small` with itself, any other request with a large text. */
function answer(request: ScriptedRequest, replies: ScriptedRead[]): void {
  const { sequence } = request;
  const text = new TextDecoder().decode(request.bytes.subarray(16));
  const large = text === 'huge' ? huge : big;
  if (isDump(request)) {
    replies.push(
      multiMessage(sequence, 'small'),
      multiMessage(sequence, large),
      multiMessage(sequence, 'small'),
      done(sequence),
    );
  } else if (text === 'small') {
    replies.push(reply(sequence, text), ack(sequence));
  } else {
    replies.push(reply(sequence, large), ack(sequence));
  }
}

// The rules are those of lib/netlink/README.md.
for (const { name, connect } of connectionKinds) {
  describe(`rule 9: datagrams larger than the buffer: ${name}`, () => {
    for (const repliesWithinSend of [true, false]) {
      it(`of a dump, which is repeated with a larger buffer (within send: ${repliesWithinSend})`, async () => {
        const connection = connect(new ScriptedTransport(answer, { repliesWithinSend }));
        for (const [text, large] of [
          ['', big],
          ['huge', huge],
        ] as const) {
          const texts = await connection.run(new TextCall(text, { dump: true }));
          assert.deepEqual(texts, ['small', large, 'small']);
        }
        const { retries } = connection.stats;
        await connection.run(new TextCall('huge', { dump: true }));
        assert.equal(connection.stats.retries, retries, 'no dump is repeated once the buffer is larger');
        await connection.close();
      });

      it(`of a do request, which fails, and succeeds when repeated (within send: ${repliesWithinSend})`, async () => {
        const transport = new ScriptedTransport(answer, { repliesWithinSend });
        const connection = connect(transport);
        const outcomes = await connection.runAll(['small', 'big', 'small'].map((text) => new TextCall(text)));
        assert.deepEqual(
          outcomes.map(({ ok }) => ok),
          [true, false, true],
        );
        assert.ok(!outcomes[1]!.ok && outcomes[1]!.error instanceof TruncatedError);
        assert.deepEqual(await connection.run(new TextCall('big')), [big]);
        assert.equal(transport.sent.length, 4);
        await connection.close();
      });

      it(`of a stream, which fails; the next one is complete (within send: ${repliesWithinSend})`, async () => {
        const connection = connect(new ScriptedTransport(answer, { repliesWithinSend }));
        const texts: string[] = [];
        const read = async (): Promise<void> => {
          for await (const call of connection.dump(new TextCall('', { dump: true })))
            texts.push(...call.texts.splice(0));
        };
        await assert.rejects(read(), TruncatedError);
        texts.length = 0;
        await read();
        assert.deepEqual(texts, ['small', big, 'small']);
        await connection.close();
      });
    }

    it('and a message that exceeds its datagram: the connection fails', async () => {
      const cut = (request: ScriptedRequest, replies: ScriptedRead[]): void => {
        replies.push(
          datagram(reply(request.sequence, 'whole'), reply(request.sequence, 'cut').subarray(0, 18)),
        );
      };
      const transport = new ScriptedTransport(cut);
      const connection = connect(transport);
      await assert.rejects(connection.run(new TextCall()), TruncatedError);
      await assert.rejects(connection.run(new TextCall()), TruncatedError);
      assert.equal(transport.sent.length, 1);
      await connection.close();
      assert.equal(transport.closeCalls, 1);
    });

    it('in the first dump: a no-op is sent before it if its first datagram would be small', async () => {
      const transport = new ScriptedTransport(
        (request, replies) => {
          if (request.type === MessageType.NOOP) replies.push(ack(request.sequence));
          else answer(request, replies);
        },
        { dumpDatagramSizeDependsOnReads: true },
      );
      const connection = connect(transport);
      await connection.run(new TextCall('', { dump: true }));
      await connection.run(new TextCall('', { dump: true }));
      assert.deepEqual(
        transport.sent.map(({ type, flags }) => [type, flags & (MessageFlag.ACK | MessageFlag.REQUEST)]),
        [[MessageType.NOOP, 5], ...Array(4).fill([29, 5])].slice(0, transport.sent.length),
      );
      const other = new ScriptedTransport(answer, { dumpDatagramSizeDependsOnReads: true });
      const second = connect(other);
      await second.run(new TextCall('small'));
      await second.run(new TextCall('', { dump: true }));
      assert.ok(
        other.sent.every(({ type }) => type !== MessageType.NOOP),
        'no no-op where something was read',
      );
      await connection.close();
      await second.close();
    });
  });
}

it('rule 9: routes with hundreds of next hops are listed on a fresh connection', (context) => {
  const program = fileURLToPath(new URL('./many-next-hops.js', import.meta.url));
  const unshare = ['unshare', '--user', '--map-root-user', '--net'];
  const probe = spawnSync(unshare[0]!, [...unshare.slice(1), 'ip', 'link', 'set', 'lo', 'up']);
  if (probe.status !== 0) {
    context.skip('this machine does not let this user make network namespaces, or has no ip command');
    return;
  }
  const output = execFileSync(unshare[0]!, [...unshare.slice(1), process.execPath, program], {
    encoding: 'utf8',
  });
  assert.deepEqual(JSON.parse(output), { sync: 2, async: 2 });
});
