import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { DumpInterruptedError, KernelError, ReplyLostError } from '../../../../lib/netlink/errors.ts';
import { DecodeError, MessageFlag, MessageType, MessageWriter } from '../../../../protocol/netlink/index.ts';
import { ack, datagram, done, multiMessage, reply } from '../../messages.ts';
import { TextCall } from '../text-call.ts';
import { ExchangeFixture, errorOf, messagesIn, valueOfRequest } from './exchange-fixture.ts';

const { EBUSY, EEXIST, EINVAL, ENOENT } = constants.errno;

// The rules are those of lib/netlink/README.md.
describe('rule 1: every request asks for an ack', () => {
  it('sets REQUEST and ACK, and DUMP for a dump', () => {
    const fixture = new ExchangeFixture();
    fixture.request();
    fixture.dump();
    assert.deepEqual(
      messagesIn(fixture.writer.bytes).map((message) => message.flags),
      [MessageFlag.REQUEST | MessageFlag.ACK, MessageFlag.REQUEST | MessageFlag.ACK | MessageFlag.DUMP],
    );
  });

  it('ends a do request at its ack, not at its reply, and not at an NLMSG_DONE', () => {
    const fixture = new ExchangeFixture();
    const request = fixture.request();
    fixture.receive(reply(1, 'a'));
    assert.equal(request.outcome, undefined);
    fixture.receive(ack(1));
    assert.deepEqual(valueOfRequest(request), ['a']);

    const other = fixture.request();
    fixture.receive(done(2));
    assert.equal(other.outcome, undefined);
    fixture.receive(ack(2));
    assert.ok(errorOf(other) instanceof DecodeError);
  });

  it('ends a dump at NLMSG_DONE, and expects no ack after it', () => {
    const fixture = new ExchangeFixture();
    const request = fixture.dump();
    fixture.receive(multiMessage(1, 'a'), multiMessage(1, 'b'));
    assert.equal(request.outcome, undefined);
    fixture.receive(done(1));
    assert.deepEqual(valueOfRequest(request), ['a', 'b']);
    assert.equal(fixture.exchange.pending, 0);
  });

  it('ends a refused dump at its NLMSG_ERROR', () => {
    const fixture = new ExchangeFixture();
    const request = fixture.dump();
    fixture.receive(ack(1, EBUSY));
    const error = errorOf(request);
    assert.ok(error instanceof KernelError);
    assert.equal(error.errnoName, 'EBUSY');
    assert.equal(fixture.exchange.dump, undefined);
  });
});

describe('rule 3: NLMSG_DONE carries an errno', () => {
  it('fails a dump that ends with a negative errno', () => {
    const fixture = new ExchangeFixture();
    const request = fixture.dump();
    fixture.receive(multiMessage(1, 'a'), done(1, EINVAL));
    assert.equal((errorOf(request) as KernelError).errno, EINVAL);
  });

  it('accepts one without payload and without MULTI', () => {
    const fixture = new ExchangeFixture();
    const request = fixture.dump();
    fixture.receive(multiMessage(1, 'a'), reply(1, '', { type: MessageType.DONE }));
    assert.deepEqual(valueOfRequest(request), ['a']);
  });

  it("reads the kernel's message after the errno", () => {
    const fixture = new ExchangeFixture();
    const request = fixture.dump();
    const writer = new MessageWriter();
    writer.u32(-EINVAL >>> 0);
    const attribute = writer.beginAttribute(1);
    writer.raw(new TextEncoder().encode('not so'));
    writer.endAttribute(attribute);
    fixture.receive(
      reply(1, '', { type: MessageType.DONE, flags: MessageFlag.ACK_TLVS, body: writer.copy() }),
    );
    assert.equal((errorOf(request) as KernelError).kernelMessage, 'not so');
  });
});

describe('rule 4: a dump may be interrupted', () => {
  for (const [where, datagrams] of [
    ['a message', [multiMessage(1, 'a', MessageFlag.DUMP_INTR), multiMessage(1, 'b'), done(1)]],
    ['DONE', [multiMessage(1, 'a'), multiMessage(1, 'b'), done(1, 0, MessageFlag.DUMP_INTR)]],
  ] as const) {
    it(`is read to its end, and its error has the data, when ${where} has NLM_F_DUMP_INTR`, () => {
      const fixture = new ExchangeFixture();
      const request = fixture.dump();
      fixture.receive(...datagrams);
      const error = errorOf(request);
      assert.ok(error instanceof DumpInterruptedError);
      assert.deepEqual(error.data, ['a', 'b']);
    });
  }

  it('fails with the errno if DONE carries one, even when interrupted', () => {
    const fixture = new ExchangeFixture();
    const request = fixture.dump();
    fixture.receive(multiMessage(1, 'a', MessageFlag.DUMP_INTR), done(1, EINVAL));
    assert.ok(errorOf(request) instanceof KernelError);
  });
});

describe('rule 5: replies are matched to requests by sequence number, message by message', () => {
  it('accepts the reply to a do request between the messages of a dump', () => {
    const fixture = new ExchangeFixture();
    const dump = fixture.dump();
    const request = fixture.request();
    fixture.receive(
      datagram(multiMessage(1, 'd1'), reply(2, 'r'), multiMessage(1, 'd2')),
      datagram(ack(2), multiMessage(1, 'd3')),
    );
    assert.deepEqual(valueOfRequest(request), ['r']);
    fixture.receive(done(1));
    assert.deepEqual(valueOfRequest(dump), ['d1', 'd2', 'd3']);
  });

  it('accepts acks in any order', () => {
    const fixture = new ExchangeFixture();
    const requests = [fixture.request(), fixture.request(), fixture.request()];
    fixture.receive(ack(3), ack(1, ENOENT), ack(2));
    assert.deepEqual(
      requests.map((request) => request.outcome?.ok),
      [false, true, true],
    );
  });

  it('continues after the highest sequence number with 1, never with 0', () => {
    const fixture = new ExchangeFixture(0xffffffff);
    const last = fixture.request();
    const first = fixture.request();
    assert.deepEqual([last.sequence, first.sequence], [0xffffffff, 1]);
  });

  it('fails only the request whose reply is malformed', () => {
    const fixture = new ExchangeFixture();
    const bad = new TextCall('bad');
    bad.receive = (message) => {
      throw new DecodeError('is odd', message.payloadOffset + 2, 'text.odd');
    };
    const requests = [fixture.request(), fixture.request(bad), fixture.request()];
    fixture.receive(
      datagram(reply(1, 'one'), ack(1), reply(2, 'two'), reply(2, 'two'), ack(2), reply(3, 'three'), ack(3)),
    );
    assert.deepEqual(valueOfRequest(requests[0]!), ['one']);
    assert.deepEqual(valueOfRequest(requests[2]!), ['three']);
    const error = errorOf(requests[1]!);
    assert.ok(error instanceof DecodeError);
    assert.equal(error.path, 'text.odd');
    assert.equal(error.offset, 18);
  });

  it('gives an error that a call throws to its own request only, too', () => {
    const fixture = new ExchangeFixture();
    const bad = new TextCall();
    bad.result = () => {
      throw new RangeError('nothing in it');
    };
    const requests = [fixture.request(bad), fixture.request()];
    fixture.receive(datagram(ack(1), ack(2)));
    assert.ok(errorOf(requests[0]!) instanceof RangeError);
    assert.deepEqual(valueOfRequest(requests[1]!), []);
  });
});

describe('rule 6: one dump at a time on a socket', () => {
  it('refuses a second one until the first has ended', () => {
    const fixture = new ExchangeFixture();
    fixture.dump();
    const before = fixture.writer.length;
    assert.throws(() => fixture.dump(), /a dump is running already/);
    assert.equal(fixture.writer.length, before);
    fixture.receive(done(1));
    fixture.dump();
  });

  it('refuses a second one until an abandoned one has been read to its end', () => {
    const fixture = new ExchangeFixture();
    const dump = fixture.dump();
    fixture.exchange.abandon(dump);
    assert.throws(() => fixture.dump(), /a dump is running already/);
    fixture.receive(multiMessage(1, 'late'), done(1));
    assert.equal(dump.outcome, undefined);
    assert.deepEqual(dump.call.result(), []);
    fixture.dump();
  });
});

describe('rule 7: several requests may share a datagram', () => {
  it('pads each to 4 bytes', () => {
    const fixture = new ExchangeFixture();
    fixture.request(new TextCall('a'));
    fixture.request(new TextCall('bcd'));
    fixture.request(new TextCall('e'));
    const messages = messagesIn(fixture.writer.bytes);
    assert.deepEqual(
      messages.map((message) => message.offset),
      [0, 20, 40],
    );
    assert.equal(fixture.writer.length, 60);
  });

  it('leaves out what would not fit, and what cannot be encoded', () => {
    const fixture = new ExchangeFixture();
    fixture.request(new TextCall('a'));
    assert.equal(fixture.exchange.request(fixture.writer, new TextCall('b'), 32), undefined);
    assert.equal(fixture.writer.length, 20);
    const bad = new TextCall();
    bad.encode = (writer) => {
      writer.u32(7);
      throw new RangeError('no');
    };
    assert.throws(() => fixture.request(bad), RangeError);
    assert.equal(fixture.writer.length, 20);
    assert.equal(fixture.exchange.pending, 1);
  });

  it('gives each request its own outcome', () => {
    const fixture = new ExchangeFixture();
    const requests = [fixture.request(), fixture.request(), fixture.request()];
    fixture.receive(ack(1), ack(2, EEXIST), ack(3));
    assert.deepEqual(
      requests.map((request) => request.outcome?.ok),
      [true, false, true],
    );
  });
});

describe('rule 8: a loss fails what is unanswered once the rest has been read', () => {
  it('does not change the outcomes of replies that did arrive', () => {
    const fixture = new ExchangeFixture();
    const requests = [fixture.request(), fixture.request(), fixture.request()];
    fixture.exchange.recordLoss();
    fixture.receive(ack(1), ack(2, EEXIST));
    assert.equal(requests[2]!.outcome, undefined);
    fixture.exchange.drained();
    assert.equal(requests[0]!.outcome?.ok, true);
    assert.ok(errorOf(requests[1]!) instanceof KernelError);
    assert.ok(errorOf(requests[2]!) instanceof ReplyLostError);
    assert.equal(fixture.exchange.pending, 0);
  });

  it('treats NLMSG_OVERRUN as a loss, too', () => {
    const fixture = new ExchangeFixture();
    fixture.request();
    fixture.receive(reply(1, '', { type: MessageType.OVERRUN }));
    assert.equal(fixture.exchange.overrun, true);
    assert.equal(fixture.exchange.statistics.overruns, 1);
  });

  it('fails a dump that ran meanwhile', () => {
    const fixture = new ExchangeFixture();
    const dump = fixture.dump();
    fixture.receive(multiMessage(1, 'a'));
    fixture.exchange.recordLoss();
    fixture.receive(done(1));
    assert.ok(errorOf(dump) instanceof ReplyLostError);
  });
});
