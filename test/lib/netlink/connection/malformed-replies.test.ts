import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Connection } from '../../../../lib/netlink/connection/connection.ts';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { DumpInterruptedError, MalformedReplyError } from '../../../../lib/netlink/errors.ts';
import { getFamily } from '../../../../lib/netlink/families/family-directory.ts';
import { listLinks } from '../../../../lib/netlink/families/route.ts';
import { DecodeError, MessageFlag } from '../../../../protocol/netlink/index.ts';
import type { Link } from '../../../../protocol/route/index.ts';
import { attribute, genericMessage, padded, text, u16, u32 } from '../../../protocol/reference-encoder.ts';
import { ack, datagram, done, reply } from '../../messages.ts';
import { ScriptedTransport } from '../../scripted-transport.ts';

const linkHeader = (index: number): Buffer => Buffer.concat([Buffer.alloc(4), u32(index), Buffer.alloc(8)]);
const link = (sequence: number, index: number, ...attributes: Uint8Array[]): Uint8Array =>
  reply(sequence, '', { type: 16, flags: 2, body: Buffer.concat([linkHeader(index), padded(attributes)]) });

/** 216 virtual functions: more than the 16 bits of their nest's length can count, so it wraps. */
const virtualFunctions = padded(Array.from({ length: 216 }, () => attribute(0x8001, Buffer.alloc(300))));
const wrapped = Buffer.concat([u16((4 + virtualFunctions.length) & 0xffff), u16(22), virtualFunctions]);

/** Three links, of which the second one holds a nest whose length is wrong. */
function threeLinks(): ScriptedTransport {
  return new ScriptedTransport(({ sequence }, replies) =>
    replies.push(
      datagram(
        link(sequence, 1, attribute(3, text('lo')), attribute(4, u32(65536))),
        link(sequence, 2, attribute(3, text('sriov0')), wrapped.subarray(0, 40000), attribute(4, u32(1500))),
      ),
      link(sequence, 3, attribute(3, text('eth0')), attribute(4, u32(1500))),
      done(sequence),
    ),
  );
}

function check(error: unknown): boolean {
  assert.ok(error instanceof MalformedReplyError);
  assert.equal(error.code, 'ERR_MALFORMED_REPLY');
  assert.equal(error.count, 1);
  assert.deepEqual(
    (error.data as { name: string; mtu: number }[]).map(({ name, mtu }) => [name, mtu]),
    [
      ['lo', 65536],
      ['eth0', 1500],
    ],
  );
  const [only] = error.errors;
  assert.ok(only instanceof DecodeError);
  assert.equal(only.path, 'link 2');
  assert.ok(only.offset > 0 && only.offset < 40100);
  assert.match(error.message, /^GETLINK: 1 of the objects could not be decoded, .*link 2: /);
  return true;
}

describe('only the object with a damaged nest is missing', () => {
  it('from a list that is read at once, with both connections', async () => {
    assert.throws(() => new ConnectionSync(threeLinks()).run(listLinks()), check);
    await assert.rejects(new Connection(threeLinks()).run(listLinks()), check);
  });

  it('from a list that is streamed: the others come first, the error at its end', () => {
    const names: string[] = [];
    const connection = new ConnectionSync(threeLinks());
    assert.throws(
      () => {
        const request = listLinks();
        for (const _ of connection.dump(request)) for (const { name } of request.take()) names.push(name);
      },
      (error) => error instanceof MalformedReplyError && error.count === 1,
    );
    assert.deepEqual(names, ['lo', 'eth0']);
  });

  it('and the connection still works', () => {
    let requests = 0;
    const transport = new ScriptedTransport(({ sequence }, replies) => {
      if (requests++ === 0)
        replies.push(link(sequence, 2, attribute(3, u32(1)), Buffer.from([1, 0, 0, 0])), done(sequence));
      else replies.push(link(sequence, 1, attribute(3, text('lo'))), done(sequence));
    });
    const connection = new ConnectionSync(transport);
    assert.throws(() => connection.run(listLinks()), MalformedReplyError);
    assert.equal(connection.run(listLinks())[0]!.name, 'lo');
  });

  it('unless the dump was interrupted: then it is repeated, and nothing of that attempt is left', () => {
    const attempts = (interrupted: number): ScriptedTransport => {
      let attempt = 0;
      return new ScriptedTransport(({ sequence }, replies) => {
        replies.push(link(sequence, 1, attribute(3, text('lo'))));
        if (++attempt > interrupted) replies.push(done(sequence));
        else {
          replies.push(link(sequence, 2, attribute(3, u32(1)), Buffer.from([1, 0, 0, 0])));
          replies.push(done(sequence, 0, MessageFlag.DUMP_INTR));
        }
      });
    };
    const names = (links: readonly Link[]): string[] => links.map(({ name }) => name);
    assert.deepEqual(names(new ConnectionSync(attempts(2)).run(listLinks())), ['lo']);
    assert.throws(
      () => new ConnectionSync(attempts(3)).run(listLinks()),
      (error) => {
        assert.ok(error instanceof DumpInterruptedError);
        assert.deepEqual(names(error.data as Link[]), ['lo']);
        return true;
      },
    );
  });

  it('of many, the first hundred errors are reported and all are counted', () => {
    const transport = new ScriptedTransport(({ sequence }, replies) => {
      for (let index = 0; index < 150; index++) replies.push(link(sequence, index));
      replies.push(done(sequence));
    });
    assert.throws(
      () => new ConnectionSync(transport).run(listLinks()),
      (error) => error instanceof MalformedReplyError && error.count === 150 && error.errors.length === 100,
    );
  });

  it('a malformed reply to a do request is reported as a DecodeError', () => {
    const transport = new ScriptedTransport(({ sequence }, replies) => {
      const bytes = genericMessage({ type: 16, sequence, portId: 4242 }, 1, attribute(1, Buffer.from([1])));
      replies.push(bytes, ack(sequence));
    });
    assert.throws(() => new ConnectionSync(transport).run(getFamily('IPVS')), {
      name: 'DecodeError',
      path: 'family.id',
    });
  });
});
