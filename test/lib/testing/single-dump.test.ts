import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { FakeKernel, type SingleDump } from '../../../lib/testing/index.ts';
import { Command } from '../../../protocol/ipvs/fields/constants.ts';
import { MessageFlag, MessageType } from '../../../protocol/netlink/index.ts';
import {
  AF_INET,
  type DecodedMessage,
  destination,
  dump,
  errnoOf,
  messagesOf,
  receiveAll,
  request,
  service,
} from './raw-client.ts';

const SINGLE = Command.GET_SERVICE_DEST;
const INTERRUPTED = MessageFlag.DUMP_INTR;
const forms: readonly SingleDump[] = ['nested', 'nested-without-dump-intr', 'flat', 'flat-without-dump-intr'];

/** Merges the messages of any form into the ports of services, each with the ports of its destinations. */
function tableOf(messages: readonly DecodedMessage[]): [port: number | undefined, destinations: number[]][] {
  const table: [number | undefined, number[]][] = [];
  for (const { command, values } of messages) {
    if (command === Command.NEW_SERVICE) {
      const found = values.service;
      if (table.at(-1)?.[0] !== found?.port || table.length === 0) table.push([found?.port, []]);
      for (const entry of found?.destinations ?? []) table.at(-1)?.[1].push(entry.port ?? 0);
    } else table.at(-1)?.[1].push(values.destination?.port ?? 0);
  }
  return table;
}

function expected(kernel: FakeKernel): [number | undefined, number[]][] {
  return dump(kernel, Command.GET_SERVICE).map(({ values }) => {
    const found = dump(kernel, Command.GET_DEST, { service: values.service });
    return [values.service?.port, found.map((entry) => entry.values.destination?.port ?? 0)];
  });
}

function destinationsWithPorts(count: number): ReturnType<typeof destination>[] {
  return Array.from({ length: count }, (_, index) => destination(1, { port: index + 1 }));
}

for (const singleDump of forms) {
  test(`${singleDump}: gives the same table as per-service dumps, however it is split into datagrams`, () => {
    for (const count of [0, 1, 8, 9, 10, 11, 95, 96, 97, 1000]) {
      const kernel = new FakeKernel({ singleDump });
      for (let port = 1; port <= 3; port++)
        kernel.state.addService(service(port), destinationsWithPorts(count));
      kernel.state.addService({ family: AF_INET, mark: 5 }, destinationsWithPorts(2));
      const messages = dump(kernel, SINGLE);
      assert.deepEqual(tableOf(messages), expected(kernel));
      assert.ok(messages.every(({ flags }) => flags === MessageFlag.MULTI));
    }
  });

  test(`${singleDump}: can be limited to one service, and is empty for an unknown service or an empty table`, () => {
    const kernel = new FakeKernel({ singleDump });
    assert.deepEqual(dump(kernel, SINGLE), []);
    kernel.state.addService(service(1), destinationsWithPorts(200));
    kernel.state.addService(service(2), destinationsWithPorts(3));
    assert.deepEqual(tableOf(dump(kernel, SINGLE, { service: service(2) })), [[2, [3, 2, 1]]]);
    assert.equal(tableOf(dump(kernel, SINGLE, { service: service(1) }))[0]?.[1].length, 200);
    assert.deepEqual(dump(kernel, SINGLE, { service: service(3) }), []);
    assert.deepEqual(dump(kernel, SINGLE, { service: { family: AF_INET } }), []);
  });

  test(`${singleDump}: a change between datagrams sets NLM_F_DUMP_INTR if the kernel supports that`, () => {
    const hasDumpIntr = singleDump === 'nested' || singleDump === 'flat';
    const kernel = new FakeKernel({ singleDump });
    for (let port = 1; port <= 60; port++) kernel.state.addService(service(port), destinationsWithPorts(4));
    const before = tableOf(dump(kernel, SINGLE));
    const first = before[0]?.[0] as number;
    kernel.onDumpPart = (number) => {
      if (number === 2) kernel.state.removeService(service(first));
    };
    const socket = kernel.openSocket();
    socket.send(request(kernel.familyId, SINGLE, {}, { flags: MessageFlag.DUMP }));
    const messages = receiveAll(socket).flatMap(messagesOf);
    const interrupted = messages.filter(({ flags }) => (flags & INTERRUPTED) !== 0);
    assert.equal(interrupted.length, hasDumpIntr ? 1 : 0);
    const found = tableOf(messages.filter(({ type }) => type !== MessageType.DONE));
    // A dump that resumes by index leaves out a service after the change.
    if (hasDumpIntr) assert.deepEqual(found, before);
    else assert.notDeepEqual(found, before);
  });
}

test('a change after the last message sets NLM_F_DUMP_INTR on NLMSG_DONE', () => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  for (const port of [1, 2]) kernel.state.addService(service(port), destinationsWithPorts(10));
  const last = tableOf(dump(kernel, SINGLE)).at(-1)?.[0] as number;
  kernel.onDumpPart = (number) => {
    if (number === 2) kernel.state.removeService(service(last));
  };
  const socket = kernel.openSocket();
  socket.send(request(kernel.familyId, SINGLE, {}, { flags: MessageFlag.DUMP }));
  const messages = receiveAll(socket).flatMap(messagesOf);
  assert.deepEqual(
    messages.map(({ type, flags }) => [type === MessageType.DONE, flags & INTERRUPTED]),
    [
      [false, 0],
      [true, INTERRUPTED],
    ],
  );
});

test('a change between the request and the first datagram sets NLM_F_DUMP_INTR', () => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  kernel.state.addService(service(1), destinationsWithPorts(1));
  kernel.onDumpPart = () => kernel.state.addDestination(service(1), destination(1, { port: 9 }));
  const socket = kernel.openSocket();
  socket.send(request(kernel.familyId, SINGLE, {}, { flags: MessageFlag.DUMP }));
  const [first] = receiveAll(socket).flatMap(messagesOf);
  assert.equal((first as DecodedMessage).flags & INTERRUPTED, INTERRUPTED);
});

test('a dump that would resume at a removed destination resumes at the next one', () => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  kernel.state.addService(service(1), destinationsWithPorts(30));
  kernel.onDumpPart = (number) => {
    if (number !== 2) return;
    for (let port = 20; port >= 15; port--) {
      kernel.state.removeDestination(service(1), destination(1, { port }));
    }
  };
  const socket = kernel.openSocket();
  socket.send(request(kernel.familyId, SINGLE, {}, { flags: MessageFlag.DUMP }));
  const [[, found] = []] = tableOf(receiveAll(socket).flatMap(messagesOf).slice(0, -1));
  const sent = Array.from({ length: 10 }, (_, index) => 30 - index);
  const rest = Array.from({ length: 14 }, (_, index) => 14 - index);
  assert.deepEqual(found, [...sent, ...rest]);
});

test('nested: NLMSG_DONE is in the last datagram, and no service is first sent without destinations', () => {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  // 9 services with one destination each leave too little of 3776 bytes for another destination.
  for (let port = 1; port <= 20; port++) kernel.state.addService(service(port), destinationsWithPorts(1));
  const replies = kernel.handle(1, request(kernel.familyId, SINGLE, {}, { flags: MessageFlag.DUMP }));
  const last = messagesOf(replies.at(-1) as Uint8Array);
  assert.ok(last.length > 1);
  assert.equal(last.at(-1)?.type, MessageType.DONE);
  const messages = replies.flatMap(messagesOf).slice(0, -1);
  assert.ok(messages.every(({ values }) => values.service?.destinations?.length === 1));
});

test('nested-without-dump-intr: a service can come first without destinations and again with them', () => {
  const kernel = new FakeKernel({ singleDump: 'nested-without-dump-intr' });
  for (let port = 1; port <= 20; port++) kernel.state.addService(service(port), destinationsWithPorts(1));
  const replies = kernel.handle(1, request(kernel.familyId, SINGLE, {}, { flags: MessageFlag.DUMP }));
  const first = messagesOf(replies[0] as Uint8Array);
  const second = messagesOf(replies[1] as Uint8Array);
  const incomplete = first.at(-1)?.values.service;
  assert.deepEqual(incomplete?.destinations, []);
  assert.equal(second[0]?.values.service?.port, incomplete?.port);
  assert.equal(second[0]?.values.service?.destinations?.length, 1);
  assert.equal(messagesOf(replies.at(-1) as Uint8Array).length, 1);
});

test('NLMSG_DONE comes in a datagram of its own if it does not fit into the last one', () => {
  const kernel = new FakeKernel({ singleDump: 'flat' });
  const socket = kernel.openSocket();
  // The 12 services leave 19 bytes of the buffer, and DONE has 20.
  for (let port = 1; port <= 11; port++) kernel.state.addService(service(port));
  kernel.state.addService(service(12));
  const dumpRequest = request(kernel.familyId, SINGLE, {}, { flags: MessageFlag.DUMP });
  socket.send(dumpRequest);
  receiveAll(socket, 20 + 12 * 320 - 1);
  socket.send(dumpRequest);
  const lengths = receiveAll(socket, 20 + 12 * 320 - 1).map((datagram) => datagram.length);
  assert.deepEqual(lengths, [12 * 320, 20]);
});

test('the generation is in the reply to GET_INFO if the kernel sets NLM_F_DUMP_INTR, and every change counts', () => {
  const generation = (kernel: FakeKernel): number | undefined => {
    const [reply] = kernel.handle(1, request(kernel.familyId, Command.GET_INFO));
    // Read from the bytes, as this attribute type has another meaning in other commands.
    const bytes = Buffer.from(reply as Uint8Array);
    return bytes.length > 36 ? bytes.readUInt32LE(40) : undefined;
  };
  assert.equal(generation(new FakeKernel()), undefined);
  const kernel = new FakeKernel({ singleDump: 'nested' });
  let last = generation(kernel);
  const changes: readonly (() => void)[] = [
    () => kernel.state.addService(service(1)),
    () => kernel.state.updateService(service(1, { scheduler: 'lc' })),
    () => kernel.state.addDestination(service(1), destination(1)),
    () => kernel.state.updateDestination(service(1), destination(1, { weight: 5 })),
    () => kernel.state.removeDestination(service(1), destination(1)),
    () => kernel.state.removeService(service(1)),
  ];
  for (const change of changes) {
    change();
    const now = generation(kernel);
    assert.notEqual(now, last);
    last = now;
  }
});

test('a full-NAT kernel accepts command 18 as a do request and not as a dump', () => {
  const kernel = new FakeKernel({ singleDump: 'full-nat' });
  assert.equal(errnoOf(kernel, SINGLE), 0);
  assert.deepEqual(kernel.vendorCommands, [SINGLE]);
  const dumpRequest = request(kernel.familyId, SINGLE, {}, { flags: MessageFlag.DUMP });
  const [ack] = messagesOf(kernel.handle(1, dumpRequest)[0] as Uint8Array);
  assert.notEqual(ack?.ack?.errno, 0);
  assert.deepEqual(kernel.vendorCommands, [SINGLE]);
});

test('GET_SERVICE_DEST is validated strictly unless `strictSingleDump` is false', () => {
  const values = { service: service(1) };
  const withUnknownAttribute = Buffer.concat([
    request(0, SINGLE, {}, { flags: MessageFlag.DUMP }),
    Uint8Array.of(4, 0, 99, 0),
  ]);
  const flags = MessageFlag.DUMP;
  for (const strictSingleDump of [undefined, true, false]) {
    const kernel = new FakeKernel({
      singleDump: 'nested',
      ...(strictSingleDump !== undefined && { strictSingleDump }),
    });
    kernel.state.addService(service(1), destinationsWithPorts(1));
    const answer = (datagram: Uint8Array): number | undefined => {
      const [first] = kernel.handle(1, datagram).flatMap(messagesOf);
      return first?.ack?.errno;
    };
    const EINVAL = constants.errno.EINVAL;
    const refused = strictSingleDump === false ? undefined : EINVAL;
    assert.equal(answer(request(kernel.familyId, SINGLE, values, { flags, nested: false })), refused);
    assert.equal(answer(request(kernel.familyId, SINGLE, values, { flags, nested: true })), undefined);
    withUnknownAttribute.writeUInt32LE(withUnknownAttribute.length, 0);
    withUnknownAttribute.writeUInt16LE(kernel.familyId, 4);
    assert.equal(answer(withUnknownAttribute), refused);
    const [listed] = dump(kernel, Command.GET_DEST, values);
    assert.equal(listed?.command, Command.NEW_DEST, 'older commands are validated liberally');
  }
});
