import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { FakeKernel, RequestRefused } from '../../../lib/testing/index.ts';
import { Command } from '../../../protocol/ipvs/fields/constants.ts';
import { MessageWriter } from '../../../protocol/netlink/index.ts';
import { GUE, kernelWithOneService, prefix, TUNNEL, V6, without } from './command-helpers.ts';
import {
  AF_INET,
  AF_INET6,
  address4,
  type CommandValues,
  destination,
  dump,
  errnoOf,
  messagesOf,
  request,
  service,
} from './raw-client.ts';

const { EINVAL, EEXIST, EAFNOSUPPORT, EPERM, EOPNOTSUPP } = constants.errno;

test('a service is dumped as it was written, with HASHED set and 320 bytes long', () => {
  const kernel = new FakeKernel();
  const written = service(80, { flags: { flags: 1, mask: 0xffffffff }, timeout: 300 });
  assert.equal(errnoOf(kernel, Command.NEW_SERVICE, { service: written }), 0);
  const [message] = dump(kernel, Command.GET_SERVICE);
  assert.equal(message?.command, Command.NEW_SERVICE);
  assert.equal(message?.length, 320);
  const { stats, stats64, ...rest } = message?.values.service ?? {};
  assert.deepEqual(rest, { ...written, flags: { flags: 3, mask: 0xffffffff } });
  assert.equal(stats?.outgoingByteRate, 0);
  assert.equal(stats64?.outgoingByteRate, 0n);
});

test('attributes are in the order of the kernel', () => {
  const kernel = kernelWithOneService();
  kernel.state.addService({ family: AF_INET, mark: 7, persistenceEngine: 'sip' });
  const typesOf = (datagram: Uint8Array, start: number): number[] => {
    const data = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
    const end = start + data.getUint16(start, true);
    const types: number[] = [];
    for (let at = start + 4; at < end; at += (data.getUint16(at, true) + 3) & ~3) {
      types.push(data.getUint16(at + 2, true));
    }
    return types;
  };
  const services = kernel.handle(1, request(kernel.familyId, Command.GET_SERVICE, {}, { flags: 0x300 }));
  assert.deepEqual(typesOf(services[0] as Uint8Array, 20), [1, 2, 3, 4, 6, 7, 8, 9, 10, 12]);
  assert.deepEqual(typesOf(services[0] as Uint8Array, 340), [1, 5, 6, 11, 7, 8, 9, 10, 12]);
  const destinations = kernel.handle(
    1,
    request(kernel.familyId, Command.GET_DEST, { service: service(80) }, { flags: 0x300 }),
  );
  const order = [1, 2, 3, 4, 13, 14, 15, 5, 6, 7, 8, 9, 11, 10, 12];
  assert.deepEqual(typesOf(destinations[0] as Uint8Array, 20), order);
  assert.equal(messagesOf(destinations[0] as Uint8Array)[0]?.length, 356);
});

test('a change of flags touches only the bits of its mask', () => {
  const kernel = new FakeKernel();
  const flagged = (flags: number, mask: number): CommandValues => ({
    service: service(80, { flags: { flags, mask } }),
  });
  errnoOf(kernel, Command.NEW_SERVICE, flagged(1 | 4, 0xffffffff));
  errnoOf(kernel, Command.SET_SERVICE, flagged(8, 8 | 4));
  assert.equal(dump(kernel, Command.GET_SERVICE)[0]?.values.service?.flags?.flags, 1 | 2 | 8);
});

test('a destination without ADDR_FAMILY has the family of its service', () => {
  const kernel = kernelWithOneService();
  const { family: _, ...withoutFamily } = destination(2);
  assert.equal(errnoOf(kernel, Command.NEW_DEST, { service: service(80), destination: withoutFamily }), 0);
  const [newest] = dump(kernel, Command.GET_DEST, { service: service(80) });
  assert.equal(newest?.values.destination?.family, AF_INET);
});

test('mark 0 means TCP 0.0.0.0:0', () => {
  const kernel = new FakeKernel();
  const marked = { ...without(service(0), 'protocol', 'address', 'port'), mark: 0 };
  assert.equal(errnoOf(kernel, Command.NEW_SERVICE, { service: marked }), 0);
  const found = dump(kernel, Command.GET_SERVICE)[0]?.values.service;
  assert.deepEqual([found?.mark, found?.protocol, found?.port], [undefined, 6, 0]);
});

test('newest destinations come first; a changed one does not move', () => {
  const kernel = kernelWithOneService();
  for (const number of [2, 3]) {
    errnoOf(kernel, Command.NEW_DEST, { service: service(80), destination: destination(number) });
  }
  errnoOf(kernel, Command.SET_DEST, { service: service(80), destination: destination(1, { weight: 9 }) });
  const found = dump(kernel, Command.GET_DEST, { service: service(80) });
  const seen = found.map(({ values }) => [values.destination?.address?.[3], values.destination?.weight]);
  assert.deepEqual(seen, [
    [3, 1],
    [2, 1],
    [1, 9],
  ]);
});

test('mixed families need a tunnel, and exclude a sync daemon', () => {
  const kernel = kernelWithOneService();
  const mixed = {
    service: service(80),
    destination: destination(2, { family: AF_INET6, address: V6, forwarding: TUNNEL }),
  };
  const daemon = { daemon: { state: 1, syncId: 1, interface: 'eth0' } };
  assert.equal(errnoOf(kernel, Command.NEW_DAEMON, daemon), 0);
  assert.equal(errnoOf(kernel, Command.NEW_DEST, mixed), EINVAL);
  assert.equal(errnoOf(kernel, Command.DEL_DAEMON, { daemon: { state: 1 } }), 0);
  assert.equal(errnoOf(kernel, Command.NEW_DEST, mixed), 0);
  assert.equal(errnoOf(kernel, Command.NEW_DAEMON, daemon), EINVAL);
  assert.equal(errnoOf(kernel, Command.DEL_DEST, mixed), 0);
  assert.equal(errnoOf(kernel, Command.NEW_DAEMON, daemon), 0);
});

test('daemons get their defaults, cannot run twice, and are dumped master first', () => {
  const kernel = new FakeKernel();
  for (const state of [2, 1]) {
    const values = { daemon: { state, syncId: 7, interface: 'eth0' } };
    assert.equal(errnoOf(kernel, Command.NEW_DAEMON, values), 0);
    assert.equal(errnoOf(kernel, Command.NEW_DAEMON, values), EEXIST);
  }
  const found = dump(kernel, Command.GET_DAEMON).map(({ values }) => values.daemon);
  assert.deepEqual(
    found.map((daemon) => daemon?.state),
    [1, 2],
  );
  assert.deepEqual(found[0], {
    state: 1,
    interface: 'eth0',
    syncId: 7,
    syncMaxLength: 1472,
    multicastPort: 8848,
    multicastTtl: 1,
    multicastGroup: Uint8Array.of(224, 0, 0, 81),
  });
});

test('daemons can be started and stopped as by another process, with the same defaults and refusals', () => {
  const kernel = new FakeKernel();
  const daemons = (): unknown[] => dump(kernel, Command.GET_DAEMON).map(({ values }) => values.daemon);
  const values = { state: 2, syncId: 7, interface: 'eth0' };
  assert.equal(errnoOf(kernel, Command.NEW_DAEMON, { daemon: values }), 0);
  const started = daemons();
  kernel.state.stopDaemon(2);
  assert.deepEqual(daemons(), []);
  kernel.state.startDaemon(values);
  assert.deepEqual(daemons(), started);
  for (const [change, errno] of [
    [() => kernel.state.startDaemon(values), EEXIST],
    [() => kernel.state.startDaemon({ ...values, state: 1, interface: 'eth9' }), constants.errno.ENODEV],
    [() => kernel.state.stopDaemon(1), constants.errno.ESRCH],
  ] as const)
    assert.throws(change, (error) => error instanceof RequestRefused && error.errno === errno);
});

test('a timeout of 0 leaves that timeout as it is', () => {
  const kernel = new FakeKernel();
  assert.equal(errnoOf(kernel, Command.SET_CONFIG, { timeoutTcp: 0, timeoutUdp: 30 }), 0);
  const [reply] = kernel.handle(1, request(kernel.familyId, Command.GET_CONFIG));
  const [message] = messagesOf(reply as Uint8Array);
  assert.equal(message?.command, Command.SET_CONFIG);
  assert.deepEqual(message?.values, { timeoutTcp: 900, timeoutTcpFin: 120, timeoutUdp: 30 });
});

test('ZERO clears counters, of one service or of all; FLUSH clears the table', () => {
  const kernel = new FakeKernel();
  const counters = { connections: 0x1_0000_0005n, incomingBytes: 9n };
  for (const port of [1, 2]) {
    kernel.state.addService(service(port), [destination(1)]);
    kernel.state.setServiceCounters(service(port), counters);
    kernel.state.setDestinationCounters(service(port), destination(1), counters);
  }
  const connections = (): unknown[] =>
    dump(kernel, Command.GET_SERVICE)
      .map(({ values }) => [values.service?.port, values.service?.stats?.connections])
      .sort();
  assert.deepEqual(connections(), [
    [1, 5],
    [2, 5],
  ]);
  errnoOf(kernel, Command.ZERO, { service: service(1) });
  assert.deepEqual(connections(), [
    [1, 0],
    [2, 5],
  ]);
  const [unchanged] = dump(kernel, Command.GET_DEST, { service: service(2) });
  assert.equal(unchanged?.values.destination?.stats64?.connections, 0x1_0000_0005n);
  errnoOf(kernel, Command.ZERO);
  assert.deepEqual(connections(), [
    [1, 0],
    [2, 0],
  ]);
  assert.equal(errnoOf(kernel, Command.FLUSH), 0);
  assert.equal(kernel.state.serviceCount, 0);
});

test('a removed destination comes back with counters and connections, until the trash is emptied', () => {
  const kernel = kernelWithOneService();
  kernel.state.setConnections(service(80), destination(1), { active: 3 });
  const connectionsAfterReadding = (): number | undefined => {
    const values = { service: service(80), destination: destination(1) };
    errnoOf(kernel, Command.DEL_DEST, values);
    errnoOf(kernel, Command.NEW_DEST, values);
    return dump(kernel, Command.GET_DEST, { service: service(80) })[0]?.values.destination?.activeConnections;
  };
  assert.equal(connectionsAfterReadding(), 3);
  kernel.state.removeDestination(service(80), destination(1));
  kernel.state.emptyTrash();
  kernel.state.addDestination(service(80), destination(1));
  assert.equal(connectionsAfterReadding(), 0);
});

test('without privileges every existing command fails with EPERM', () => {
  for (const version of ['6.1', '6.12'] as const) {
    const kernel = new FakeKernel({ version, socket: { privileged: false } });
    assert.equal(errnoOf(kernel, Command.GET_INFO), EPERM);
    assert.equal(errnoOf(kernel, Command.NEW_SERVICE), EPERM);
    assert.equal(errnoOf(kernel, 99), EOPNOTSUPP);
    assert.equal(errnoOf(kernel, Command.GET_DEST), version === '6.1' ? EPERM : EOPNOTSUPP);
  }
});

test('a kernel without IPv6 does not accept its services', () => {
  const kernel = new FakeKernel({ ipv6: false });
  const values = { service: service(1, { family: AF_INET6, address: V6, netmask: prefix(128) }) };
  assert.equal(errnoOf(kernel, Command.NEW_SERVICE, values), EAFNOSUPPORT);
});

test('old kernels neither dump nor read attributes that they do not know', () => {
  const features = { stats64: false, addressFamily: false, tunnels: false };
  const kernel = new FakeKernel({ features });
  kernel.state.addService(service(80));
  const gue = destination(1, { forwarding: TUNNEL, tunnelType: GUE, family: 99 });
  assert.equal(errnoOf(kernel, Command.NEW_DEST, { service: service(80), destination: gue }), 0);
  const found = dump(kernel, Command.GET_DEST, { service: service(80) })[0]?.values.destination;
  assert.deepEqual(
    [found?.family, found?.tunnelType, found?.stats64, found?.stats?.connections],
    [undefined, undefined, undefined, 0],
  );
});

test('attributes that are too short or too long are read as the kernel reads them', () => {
  const kernel = new FakeKernel();
  const writer = new MessageWriter();
  writer.raw(request(kernel.familyId, Command.NEW_SERVICE));
  const nest = writer.beginAttribute(1);
  const addAttribute = (type: number, ...bytes: number[]): void => {
    const offset = writer.beginAttribute(type);
    writer.raw(Uint8Array.from(bytes));
    writer.endAttribute(offset);
  };
  addAttribute(1, 2, 0, 77);
  addAttribute(2, 6, 0);
  addAttribute(3, 10, 0, 0, 1);
  addAttribute(4, 0, 80);
  addAttribute(6, 0x72, 0x72, 0);
  addAttribute(7, 1, 0, 0, 0);
  addAttribute(8, 0, 0, 0, 0);
  addAttribute(9, 255, 255, 255, 255);
  addAttribute(77, 1);
  writer.endAttribute(nest);
  writer.endMessage(0);
  const [ack] = messagesOf(kernel.handle(1, writer.copy())[0] as Uint8Array);
  assert.equal(ack?.ack?.errno, 0);
  const found = dump(kernel, Command.GET_SERVICE)[0]?.values.service;
  assert.deepEqual([found?.address, found?.flags?.flags], [address4(10, 0, 0, 1), 2]);
});
