import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { SystemCallError } from '../../../lib/netlink/errors.ts';
import { FakeKernel, type Fault } from '../../../lib/testing/index.ts';
import { Command } from '../../../protocol/ipvs/fields/constants.ts';
import { MessageFlag, MessageType } from '../../../protocol/netlink/index.ts';
import { messagesOf, receiveAll, request } from './raw-client.ts';

/** The datagrams that arrive for three FLUSH requests with the sequence numbers 1 to 3. */
function arrivals(...faults: Fault[]): Uint8Array[] {
  const kernel = new FakeKernel();
  const socket = kernel.openSocket({ portId: 7, faults });
  for (const sequence of [1, 2, 3]) {
    socket.send(request(kernel.familyId, Command.FLUSH, {}, { sequence }));
  }
  return receiveAll(socket);
}

function sequences(...faults: Fault[]): (number | undefined)[] {
  return arrivals(...faults).map((datagram) => messagesOf(datagram)[0]?.sequence);
}

test('replies can be dropped, duplicated, delayed and preceded by stale ones', () => {
  assert.deepEqual(sequences({ datagram: 2, action: 'drop' }), [1, 3]);
  assert.deepEqual(sequences({ datagram: 2, action: 'duplicate' }), [1, 2, 2, 3]);
  assert.deepEqual(sequences({ datagram: 1, action: 'hold', datagrams: 1 }), [2, 1, 3]);
  assert.deepEqual(sequences({ datagram: 1, action: 'hold', datagrams: 2 }), [2, 3, 1]);
  assert.deepEqual(sequences({ datagram: 2, action: 'stale', sequence: 99 }), [1, 99, 2, 3]);
});

test('replies can be preceded by one with another port id, truncated, and replaced by an overrun', () => {
  const portIds = arrivals({ datagram: 2, action: 'foreign', portId: 66 }).map(
    (datagram) => messagesOf(datagram)[0]?.portId,
  );
  assert.deepEqual(portIds, [7, 66, 7, 7]);
  assert.equal(arrivals({ datagram: 3, action: 'truncate', length: 18 })[2]?.length, 18);
  const [message] = messagesOf(arrivals({ datagram: 1, action: 'overrun' })[0] as Uint8Array);
  assert.equal(message?.type, MessageType.OVERRUN);
});

test('extended acks can have a malformed attribute after a valid errno', () => {
  const [datagram] = arrivals({ datagram: 1, action: 'malformed-ack' });
  const [message] = messagesOf(datagram as Uint8Array);
  assert.equal((message?.flags ?? 0) & MessageFlag.ACK_TLVS, MessageFlag.ACK_TLVS);
  assert.deepEqual(message?.ack, { errno: 0, extended: {} });
});

test('a read can fail between replies, and the next read returns the reply', () => {
  const { EINTR } = constants.errno;
  const kernel = new FakeKernel();
  const socket = kernel.openSocket({ faults: [{ datagram: 1, action: 'error', errno: EINTR }] });
  socket.send(request(kernel.familyId, Command.FLUSH));
  assert.throws(
    () => socket.receive(100),
    (error) => error instanceof SystemCallError && error.errno === EINTR,
  );
  assert.equal(receiveAll(socket).length, 1);
});
