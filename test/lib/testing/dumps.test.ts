import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { SystemCallError } from '../../../lib/netlink/errors.ts';
import { FakeKernel, type FakeSocket } from '../../../lib/testing/index.ts';
import { decodeFamily } from '../../../protocol/genetlink/index.ts';
import { Command } from '../../../protocol/ipvs/fields/constants.ts';
import { ByteView, MessageFlag, MessageType, MessageWalker } from '../../../protocol/netlink/index.ts';
import { dump, messagesOf, receiveAll, request, service } from './raw-client.ts';

const { EBUSY, ENOBUFS, ENOENT, EINVAL, EMSGSIZE, ENODATA, EOPNOTSUPP } = constants.errno;
const DUMP = MessageFlag.DUMP;
/** Maximum size of the first datagram of a socket, and of one after a large read, in bytes. */
const FIRST_DATAGRAM = 3776;
const LARGEST_DATAGRAM = 32448;
const SERVICE_LENGTH = 320;

function kernelWithServices(
  count: number,
  options: ConstructorParameters<typeof FakeKernel>[0] = {},
): FakeKernel {
  const kernel = new FakeKernel(options);
  for (let port = 1; port <= count; port++) kernel.state.addService(service(port));
  return kernel;
}

function servicesRequest(kernel: FakeKernel, sequence = 1): Uint8Array {
  return request(kernel.familyId, Command.GET_SERVICE, {}, { flags: DUMP, sequence });
}

function portsOf(datagrams: readonly Uint8Array[]): (number | undefined)[] {
  return datagrams
    .flatMap(messagesOf)
    .filter(({ type }) => type !== MessageType.DONE)
    .map(({ values }) => values.service?.port);
}

test('the first datagram of a socket is at most 4 KiB long, and later ones as long as the largest read, up to 32 KiB', () => {
  const kernel = kernelWithServices(300);
  const socket = kernel.openSocket();
  socket.send(servicesRequest(kernel));
  const lengths = receiveAll(socket).map((datagram) => datagram.length);
  const wholeServices = (size: number): number => size - (size % SERVICE_LENGTH);
  // The second datagram is made inside the first read, whose size is known by then.
  assert.deepEqual(lengths.slice(0, 3), [
    wholeServices(FIRST_DATAGRAM),
    wholeServices(LARGEST_DATAGRAM),
    wholeServices(LARGEST_DATAGRAM),
  ]);
  socket.send(servicesRequest(kernel));
  assert.equal(receiveAll(socket)[0]?.length, wholeServices(LARGEST_DATAGRAM));
  const small = kernel.openSocket();
  small.send(servicesRequest(kernel));
  const [first, second] = receiveAll(small, 8192);
  assert.deepEqual([first?.length, second?.length], [wholeServices(FIRST_DATAGRAM), wholeServices(8192)]);
});

test('a stock kernel sends NLMSG_DONE in a datagram of its own; no ack follows', () => {
  const kernel = kernelWithServices(2);
  const replies = kernel.handle(5, servicesRequest(kernel, 77));
  assert.equal(replies.length, 2);
  const [done, ...rest] = messagesOf(replies[1] as Uint8Array);
  assert.equal(rest.length, 0);
  assert.deepEqual([done?.type, done?.sequence, done?.portId, done?.length], [MessageType.DONE, 77, 5, 20]);
  assert.equal(done?.ack?.errno, 0);
});

test('each datagram is made by the read of the one before, so the reply to a do request comes in between', () => {
  const kernel = kernelWithServices(200);
  const made: number[] = [];
  kernel.onDumpPart = (number) => made.push(number);
  const socket = kernel.openSocket();
  socket.send(servicesRequest(kernel, 1));
  assert.deepEqual(made, [1]);
  socket.send(request(kernel.familyId, Command.GET_INFO, {}, { sequence: 2 }));
  assert.equal(socket.waiting, 3);
  const sequences = receiveAll(socket).map((datagram) => messagesOf(datagram)[0]?.sequence);
  assert.deepEqual(sequences, [1, 2, 2, 1, 1, 1]);
  assert.deepEqual(made, [1, 2, 3, 4]);
});

test('a second dump on the socket fails with EBUSY, and the first goes on', () => {
  const kernel = kernelWithServices(20);
  const socket = kernel.openSocket();
  socket.send(servicesRequest(kernel, 1));
  socket.send(servicesRequest(kernel, 2));
  const messages = receiveAll(socket).flatMap(messagesOf);
  const refused = messages.find(({ sequence }) => sequence === 2);
  assert.equal(refused?.ack?.errno, EBUSY);
  assert.equal(messages.filter(({ sequence }) => sequence === 1).length, 21);
});

test('a dump of a stock kernel resumes by index: changes before that index make it miss or repeat a service', () => {
  const kernel = kernelWithServices(100);
  const order = portsOf(kernel.handle(1, servicesRequest(kernel)));
  const first = service(order[0] as number);
  kernel.onDumpPart = (number) => {
    if (number === 2) kernel.state.removeService(first);
  };
  const socket = kernel.openSocket();
  socket.send(servicesRequest(kernel));
  const missed = portsOf(receiveAll(socket));
  assert.equal(missed.length, 99);
  assert.equal(missed.includes(order[Math.floor(FIRST_DATAGRAM / SERVICE_LENGTH)]), false);
  kernel.onDumpPart = (number) => {
    if (number === 2) kernel.state.addService(first);
  };
  const other = kernel.openSocket();
  other.send(servicesRequest(kernel));
  const repeated = portsOf(receiveAll(other));
  assert.equal(repeated.length - new Set(repeated).size, 1);
});

test('a dump of the destinations of an unknown or malformed service is empty, and not an error', () => {
  const kernel = kernelWithServices(1);
  assert.deepEqual(dump(kernel, Command.GET_DEST, { service: service(9) }), []);
  assert.deepEqual(dump(kernel, Command.GET_DEST, { service: { family: 2 } }), []);
  assert.deepEqual(dump(kernel, Command.GET_DEST), []);
});

test('services are ordered by hash bucket, newest first within a bucket; services with marks come last', () => {
  const kernel = new FakeKernel();
  kernel.state.addService({ family: 2, mark: 1 });
  // Ports whose low bytes and high bytes fold to the same bucket.
  for (const port of [0x0101, 0x0202, 0x0303]) kernel.state.addService(service(port));
  const found = portsOf(kernel.handle(1, servicesRequest(kernel)));
  assert.deepEqual(found, [0x0303, 0x0202, 0x0101, undefined]);
});

test('several requests in one datagram are answered one by one, and one that fails does not stop the others', () => {
  const kernel = kernelWithServices(1);
  const datagram = Buffer.concat([
    request(kernel.familyId, Command.DEL_SERVICE, { service: service(9) }, { sequence: 1 }),
    request(kernel.familyId, Command.DEL_SERVICE, { service: service(1) }, { sequence: 2 }),
    request(9999, 1, {}, { sequence: 3 }),
  ]);
  const acks = kernel.handle(1, datagram).map((reply) => messagesOf(reply)[0]);
  assert.deepEqual(
    acks.map((ack) => [ack?.sequence, ack?.ack?.errno]),
    [
      [1, constants.errno.ESRCH],
      [2, 0],
      [3, ENOENT],
    ],
  );
});

test('a do request gets its reply and its ack in separate datagrams; without NLM_F_ACK there is no ack', () => {
  const kernel = new FakeKernel();
  const getInfo = request(kernel.familyId, Command.GET_INFO);
  assert.equal(kernel.handle(1, getInfo).length, 2);
  new DataView(getInfo.buffer).setUint16(6, MessageFlag.REQUEST, true);
  assert.equal(kernel.handle(1, getInfo).length, 1);
});

test('acks echo the request unless capped, and success acks are capped anyway', () => {
  const kernel = kernelWithServices(1);
  const failing = request(kernel.familyId, Command.NEW_SERVICE, { service: service(1) });
  const lengthOf = (socket: FakeSocket, datagram: Uint8Array): number => {
    socket.send(datagram);
    return receiveAll(socket)[0]?.length ?? 0;
  };
  const capped = kernel.openSocket();
  const echoing = kernel.openSocket({ cappedAcks: false, extendedAcks: false });
  assert.equal(lengthOf(capped, failing), 36);
  assert.equal(lengthOf(echoing, failing), 20 + failing.length);
  assert.equal(lengthOf(echoing, request(kernel.familyId, Command.FLUSH)), 36);
});

test('errors in top-level attributes have a message and an offset if extended acks are on', () => {
  const kernel = new FakeKernel();
  const short = request(kernel.familyId, Command.SET_CONFIG, { timeoutTcp: 1 });
  const data = new DataView(short.buffer);
  data.setUint16(20, 6, true);
  const [ack] = messagesOf(kernel.handle(1, short)[0] as Uint8Array);
  assert.equal(ack?.ack?.errno, constants.errno.ERANGE);
  assert.deepEqual(ack?.ack?.extended, { message: 'Attribute failed policy validation', offset: 20 });
  const withoutExtendedAcks = kernel.openSocket({ extendedAcks: false });
  withoutExtendedAcks.send(short);
  assert.deepEqual(messagesOf(receiveAll(withoutExtendedAcks)[0] as Uint8Array)[0]?.ack?.extended, {});
  const nested = request(kernel.familyId, Command.NEW_SERVICE, { service: service(1) });
  new DataView(nested.buffer).setUint16(24, 5, true);
  const [unexplained] = messagesOf(kernel.handle(1, nested)[0] as Uint8Array);
  assert.deepEqual([unexplained?.ack?.errno, unexplained?.ack?.extended], [EINVAL, {}]);
});

test('a full receive buffer loses replies, and ENOBUFS comes before those that had arrived', () => {
  const kernel = new FakeKernel({ version: '6.12' });
  const socket = kernel.openSocket();
  for (let count = 0; count < 300; count++) {
    socket.send(request(kernel.familyId, Command.FLUSH, {}, { sequence: count + 1 }));
  }
  assert.throws(
    () => socket.receive(65536),
    (error) => error instanceof SystemCallError && error.errno === ENOBUFS,
  );
  assert.equal(receiveAll(socket).length, 256);
  socket.send(request(kernel.familyId, Command.FLUSH));
  assert.equal(receiveAll(socket).length, 1);
});

test('a dump that finds the receive buffer full of replies fails with ENOBUFS', () => {
  const kernel = kernelWithServices(100);
  const socket = kernel.openSocket({ receiveBuffer: 8192 });
  for (let count = 0; count < 6; count++) socket.send(request(kernel.familyId, Command.FLUSH));
  socket.send(servicesRequest(kernel));
  const errnos = receiveAll(socket, FIRST_DATAGRAM)
    .slice(0, 7)
    .map((datagram) => messagesOf(datagram)[0]?.ack?.errno);
  assert.deepEqual(errnos, [0, 0, 0, 0, 0, 0, ENOBUFS]);
});

test('sending nothing or too much is refused', () => {
  const socket = new FakeKernel().openSocket({ sendBuffer: 4096 });
  const refused = (errno: number) => (error: unknown) =>
    error instanceof SystemCallError && error.errno === errno;
  assert.throws(() => socket.send(new Uint8Array(0)), refused(ENODATA));
  assert.throws(() => socket.send(new Uint8Array(4065)), refused(EMSGSIZE));
  socket.send(new Uint8Array(4064));
});

test('newer commands refuse unknown flags and reserved bytes, older ones do not check them', () => {
  const kernel = new FakeKernel();
  const ackOf = (command: number, flags: number, reserved: number): (string | number | undefined)[] => {
    const datagram = request(kernel.familyId, command, {}, { flags });
    new DataView(datagram.buffer).setUint16(18, reserved, true);
    const message = kernel.handle(1, datagram).flatMap(messagesOf).at(-1);
    return [message?.ack?.errno, message?.ack?.extended.message];
  };
  assert.deepEqual(ackOf(18, DUMP, 0), [EOPNOTSUPP, undefined]);
  assert.deepEqual(ackOf(18, DUMP, 1), [EINVAL, 'genlmsghdr.reserved field is not 0']);
  assert.deepEqual(ackOf(18, DUMP | 0x400, 0), [EINVAL, 'ambiguous or reserved bits set in nlmsg_flags']);
  assert.deepEqual(ackOf(Command.GET_SERVICE, DUMP | 0x400, 1), [0, undefined]);
});

test('nlctrl lists all families', () => {
  for (const version of ['6.1', '6.12'] as const) {
    const kernel = new FakeKernel({ version, singleDump: 'nested' });
    const families = kernel.handle(1, request(16, 3, {}, { flags: DUMP })).flatMap((datagram) => {
      const found = [];
      const walker = new MessageWalker(new ByteView(datagram));
      while (walker.next()) if (walker.message.type === 16) found.push(decodeFamily(walker.message));
      return found;
    });
    assert.deepEqual(
      families.map(({ name }) => name),
      ['nlctrl', 'acpi_event', 'TASKSTATS', 'IPVS'],
    );
    const ipvs = families.at(-1);
    const dumpOnly = version === '6.1' ? 0xd : 0x5;
    assert.deepEqual(ipvs?.operations.slice(0, 5), [
      { id: 18, flags: dumpOnly },
      { id: 1, flags: 0xb },
      { id: 2, flags: 0xb },
      { id: 3, flags: 0xb },
      { id: 4, flags: 0xf },
    ]);
    assert.deepEqual(
      ipvs?.operations.find(({ id }) => id === 8),
      { id: 8, flags: dumpOnly },
    );
    assert.deepEqual([ipvs?.version, ipvs?.maxAttribute, ipvs?.headerSize], [1, 6, 0]);
    assert.deepEqual(families[0]?.groups, [{ id: 16, name: 'notify' }]);
  }
});

test('the module can be unloaded, and loaded again with another family id and an empty table', () => {
  const kernel = kernelWithServices(1);
  const before = kernel.familyId;
  const lookUp = (): number | undefined => {
    const getFamily = request(16, 3, {});
    const name = Uint8Array.of(9, 0, 2, 0, 0x49, 0x50, 0x56, 0x53, 0, 0, 0, 0);
    const datagram = Buffer.concat([getFamily, name]);
    datagram.writeUInt32LE(datagram.length, 0);
    return messagesOf(kernel.handle(1, datagram).at(-1) as Uint8Array)[0]?.ack?.errno;
  };
  assert.equal(lookUp(), 0);
  kernel.unloadModule();
  assert.equal(kernel.familyId, 0);
  assert.equal(lookUp(), ENOENT);
  const [refused] = messagesOf(kernel.handle(1, request(before, Command.GET_INFO))[0] as Uint8Array);
  assert.equal(refused?.ack?.errno, ENOENT);
  kernel.loadModule();
  assert.equal(lookUp(), 0);
  assert.notEqual(kernel.familyId, before);
  assert.equal(kernel.state.serviceCount, 0);
});
