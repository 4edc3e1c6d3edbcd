import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { KernelError, TruncatedError } from '../../../../lib/netlink/errors.ts';
import { attributePathIn } from '../../../../lib/netlink/request/attribute-path.ts';
import type { Explanation } from '../../../../lib/netlink/request/call.ts';
import {
  AttributeCodec,
  DecodeError,
  MessageFlag,
  MessageType,
  type MessageWriter,
} from '../../../../protocol/netlink/index.ts';
import { ack, datagram, done, multiMessage, reply } from '../../messages.ts';
import { TextCall } from '../text-call.ts';
import { ExchangeFixture, errorOf, valueOfRequest } from './exchange-fixture.ts';

const { EINVAL } = constants.errno;

// The rules are those of lib/netlink/README.md.
describe('rule 9: a message longer than the rest of its datagram is an error of the socket', () => {
  it('throws, after the messages before it', () => {
    const fixture = new ExchangeFixture();
    const request = fixture.request();
    const cut = multiMessage(2, 'long enough').subarray(0, 20);
    assert.throws(() => fixture.receive(datagram(ack(1), cut)), TruncatedError);
    assert.equal(request.outcome?.ok, true);
  });

  it('throws for less than a header', () => {
    assert.throws(() => new ExchangeFixture().receive(new Uint8Array(7)), TruncatedError);
  });
});

describe('rule 10: only messages with the port id of the socket are accepted', () => {
  it('drops what carries another port id', () => {
    const fixture = new ExchangeFixture();
    const request = fixture.request();
    fixture.receive(reply(1, 'forged', { portId: 7 }), ack(1, 0, { portId: 7 }), ack(1, 0, { portId: 0 }));
    assert.equal(request.outcome, undefined);
    assert.equal(fixture.exchange.statistics.foreign, 3);
    fixture.receive(ack(1));
    assert.deepEqual(valueOfRequest(request), []);
  });

  it('counts notifications and stale replies, and passes them to no request', () => {
    const fixture = new ExchangeFixture();
    const request = fixture.request();
    fixture.receive(
      reply(0, 'news'),
      reply(0, 'news', { portId: 0 }),
      reply(99, 'stale'),
      ack(98, EINVAL),
      ack(1),
    );
    assert.deepEqual(valueOfRequest(request), []);
    assert.equal(fixture.exchange.statistics.notifications, 2);
    assert.equal(fixture.exchange.statistics.stale, 2);
  });
});

const rings = new AttributeCodec({
  top: { name: [1, 'string'], ring: [2, 'nest', 'ring'] },
  ring: { size: [1, 'u32'], depth: [2, 'u32'] },
} as const);

class RingCall extends TextCall {
  readonly attributePath = attributePathIn(rings, 'top', 4);

  override encode(writer: MessageWriter): void {
    writer.u32(0);
    rings.encode('top', writer, { name: 'abc', ring: { size: 4 } });
  }

  explain(errno: number): Explanation | undefined {
    return errno === EINVAL ? { hint: 'try another ring' } : undefined;
  }
}

describe('rule 12: extended acks', () => {
  const refused = (bytes: (request: Uint8Array) => Uint8Array): KernelError => {
    const fixture = new ExchangeFixture();
    const request = fixture.request(new RingCall());
    fixture.receive(bytes(fixture.writer.copy()));
    const error = errorOf(request);
    assert.ok(error instanceof KernelError);
    assert.equal(error.errno, EINVAL);
    return error;
  };

  for (const capped of [true, false]) {
    it(`reads message and attribute path of ${capped ? 'a capped' : 'an uncapped'} one`, () => {
      const error = refused((request) =>
        ack(1, EINVAL, { request, capped, extended: { message: 'too small', offset: 32 } }),
      );
      assert.equal(error.kernelMessage, 'too small');
      assert.equal(error.attribute, 'ring.size');
      assert.match(
        error.message,
        /GET_TEXT was refused: EINVAL \(too small\), at ring\.size; try another ring/,
      );
    });
  }

  it('names a missing attribute, in a nest or at the top', () => {
    const nested = refused((request) =>
      ack(1, EINVAL, { request, extended: { missingType: 2, missingNest: 28 } }),
    );
    assert.equal(nested.attribute, 'ring.depth');
    const top = refused((request) => ack(1, EINVAL, { request, extended: { missingType: 1 } }));
    assert.equal(top.attribute, 'name');
  });

  it('never lets garbage hide the errno', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (garbage, capped) => {
        const body = new Uint8Array(4 + garbage.length);
        new DataView(body.buffer).setInt32(0, -EINVAL, true);
        body.set(garbage, 4);
        const flags = MessageFlag.ACK_TLVS | (capped ? MessageFlag.CAPPED : 0);
        refused(() => reply(1, '', { type: MessageType.ERROR, flags, body }));
      }),
    );
  });

  it('reports an NLMSG_ERROR that is too short for an errno', () => {
    const fixture = new ExchangeFixture();
    const request = fixture.request();
    fixture.receive(reply(1, '', { type: MessageType.ERROR, body: new Uint8Array(3) }));
    assert.ok(errorOf(request) instanceof DecodeError);
  });
});

describe('rule 13: the last message of a datagram may be unpadded', () => {
  it('accepts one of 17 bytes', () => {
    const fixture = new ExchangeFixture();
    const request = fixture.dump();
    fixture.receive(datagram(multiMessage(1, 'abc'), multiMessage(1, 'd')), done(1));
    assert.deepEqual(valueOfRequest(request), ['abc', 'd']);
  });
});

describe('rule 17: a late reply to an abandoned request is dropped', () => {
  it('by its sequence number', () => {
    const fixture = new ExchangeFixture();
    const abandoned = fixture.request();
    fixture.exchange.abandon(abandoned);
    const request = fixture.request();
    fixture.receive(reply(1, 'late'), ack(1), reply(2, 'mine'), ack(2));
    assert.equal(abandoned.outcome, undefined);
    assert.deepEqual(abandoned.call.result(), []);
    assert.deepEqual(valueOfRequest(request), ['mine']);
    assert.equal(fixture.exchange.statistics.stale, 2);
  });
});

describe('any bytes', () => {
  it('end in outcomes or a TruncatedError, never in anything else', () => {
    const messages = fc.array(
      fc
        .record({
          type: fc.integer({ min: 0, max: 40 }),
          flags: fc.integer({ min: 0, max: 0xffff }),
          sequence: fc.integer({ min: 0, max: 4 }),
          body: fc.uint8Array({ maxLength: 48 }),
        })
        .map(({ type, flags, sequence, body }) => reply(sequence, '', { type, flags, body })),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(messages, fc.nat(), fc.boolean(), (parts, cut, whole) => {
        const fixture = new ExchangeFixture();
        const requests = [fixture.request(), fixture.request(), fixture.dump()];
        const bytes = datagram(...parts);
        const length = whole ? bytes.length : cut % (bytes.length + 1);
        try {
          fixture.receive(bytes.slice(0, length));
        } catch (error) {
          assert.ok(error instanceof TruncatedError);
          assert.ok(!whole || bytes.length === 0);
        }
        fixture.exchange.drained();
        for (const request of requests) assert.ok(request.outcome !== undefined);
      }),
    );
  });
});
