import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ByteView,
  type CounterName,
  counterNames,
  decodeDestination,
  decodeService,
  destinationKeyText,
  ipvsCodec,
  MessageWriter,
  serviceKeyText,
} from '../../../protocol/index.ts';
import { attribute, genericMessage, nest, text, u8, u16, u16be, u32, u64 } from '../reference-encoder.ts';

const NEW_SERVICE = 1;
const NEW_DEST = 5;
/** Offset of the payload of the first nest. */
const NEST_PAYLOAD = 24;
const values: Readonly<Record<CounterName, bigint>> = Object.fromEntries(
  counterNames.map((name, at) => [name, BigInt(at + 1)]),
) as Record<CounterName, bigint>;

const stats: Buffer = nest(
  10,
  ...counterNames.map((_, at) => attribute(at + 1, at === 3 || at === 4 ? u64(BigInt(at + 1)) : u32(at + 1))),
);
const stats64: Buffer = nest(12, ...counterNames.map((_, at) => attribute(at + 1, u64(BigInt(at + 1)))));

/** What Linux 6.1 sends for an IPv4 service, in the same order (ip_vs_genl_fill_service). */
const serviceNest: Buffer = nest(
  1,
  attribute(1, u16(2)),
  attribute(2, u16(6)),
  attribute(3, Buffer.from([10, 0, 0, 1, ...Buffer.alloc(12)])),
  attribute(4, u16be(30000)),
  attribute(6, text('rr')),
  attribute(7, Buffer.concat([u32(2), u32(0xffffffff)])),
  attribute(8, u32(0)),
  attribute(9, u32(0xffffffff)),
  stats,
  stats64,
);

/** What Linux 6.1 sends for an IPv4 destination, in the same order (ip_vs_genl_fill_dest). */
const destinationNest: Buffer = nest(
  2,
  attribute(1, Buffer.from([10, 0, 0, 2, ...Buffer.alloc(12)])),
  attribute(2, u16be(8080)),
  attribute(3, u32(0)),
  attribute(4, u32(1)),
  attribute(13, u8(0)),
  attribute(14, u16be(0)),
  attribute(15, u16(0)),
  attribute(5, u32(0)),
  attribute(6, u32(0)),
  attribute(7, u32(3)),
  attribute(8, u32(4)),
  attribute(9, u32(5)),
  attribute(11, u16(2)),
  stats,
  stats64,
);

test('an IPv4 service of Linux 6.1: 320 bytes, all headers included', () => {
  const bytes = genericMessage({ type: 33, flags: 2 }, NEW_SERVICE, serviceNest);
  assert.equal(bytes.length, 320);
  const service = decodeService(new ByteView(bytes), NEST_PAYLOAD, bytes.length);
  assert.equal(serviceKeyText(service), 'tcp 10.0.0.1:30000');
  assert.deepEqual(service.counters.values(), values);
  assert.equal(service.otherFlags, 0);
});

test('an IPv4 destination of Linux 6.1: a nest of 336 bytes, a message of 356', () => {
  assert.equal(destinationNest.length, 336);
  const bytes = genericMessage({ type: 33, flags: 2 }, NEW_DEST, destinationNest);
  assert.equal(bytes.length, 356);
  const destination = decodeDestination(new ByteView(bytes), NEST_PAYLOAD, bytes.length, 'ipv4');
  assert.equal(destinationKeyText(destination), '10.0.0.2:8080');
  const { activeConnections, inactiveConnections, persistentConnections, tunnel } = destination;
  assert.deepEqual([activeConnections, inactiveConnections, persistentConnections], [3, 4, 5]);
  assert.equal(tunnel, undefined);
  assert.deepEqual(destination.counters.values(), values);
});

test('the codec writes a service with the same length and the same values', () => {
  // The attribute set of all commands is named `command`.
  const bytes = genericMessage({ type: 33 }, NEW_SERVICE, serviceNest);
  const writer = new MessageWriter();
  const decoded = ipvsCodec.decode('command', new ByteView(bytes), 20, bytes.length);
  ipvsCodec.encode('command', writer, decoded);
  const written = ipvsCodec.decodeBytes('command', writer.copy());
  assert.equal(writer.length, 300);
  assert.deepEqual(written, decoded);
});

test('keys as text', () => {
  assert.equal(serviceKeyText({ protocol: 'udp', address: '2001:db8::1', port: 53 }), 'udp [2001:db8::1]:53');
  assert.equal(serviceKeyText({ protocol: 6, address: '10.0.0.1', port: 80 }), 'tcp 10.0.0.1:80');
  assert.equal(serviceKeyText({ protocol: 47, address: '10.0.0.1', port: 0 }), 'protocol 47 10.0.0.1:0');
  assert.equal(serviceKeyText({ mark: 7 }), 'mark 7');
  assert.equal(serviceKeyText({ mark: 7, family: 'ipv4' }), 'mark 7');
  assert.equal(serviceKeyText({ mark: 4294967295, family: 'ipv6' }), 'mark 4294967295 ipv6');
  assert.equal(destinationKeyText({ address: '::1', port: 8080 }), '[::1]:8080');
});
