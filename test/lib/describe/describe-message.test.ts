import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { describeLines } from '../../../lib/describe/describe-lines.ts';
import { type DescribedMessage, describeMessage } from '../../../lib/describe/describe-message.ts';
import type { FamilySpec } from '../../../lib/describe/family-spec.ts';
import { ipvsSpec } from '../../../lib/describe/ipvs-spec.ts';
import {
  AttributeCodec,
  ByteView,
  MessageFlag,
  MessageWalker,
  MessageWriter,
} from '../../../protocol/index.ts';
import { mutated, servicePayloads } from '../../protocol/arbitraries.ts';
import {
  attribute,
  genericMessage,
  message,
  nest,
  padded,
  text,
  u8,
  u16,
  u16be,
  u32,
  u64,
} from '../../protocol/reference-encoder.ts';

const families = new Map([
  [16, 'nlctrl'],
  [33, 'IPVS'],
]);
const { REQUEST, ACK, DUMP, MULTI, CAPPED, ACK_TLVS } = MessageFlag;

function describe(bytes: Uint8Array): DescribedMessage {
  const walker = new MessageWalker(new ByteView(bytes));
  assert.ok(walker.next());
  return describeMessage(walker.message, { families, specs: [ipvsSpec] });
}

const lines = (bytes: Uint8Array): string[] => describeLines(describe(bytes));

test('a new destination and its service', () => {
  const address = Buffer.alloc(16);
  address[15] = 1;
  const bytes = genericMessage(
    { type: 33, flags: REQUEST | ACK, sequence: 7, portId: 9 },
    5,
    nest(
      1,
      attribute(1, u16(10)),
      attribute(2, u16(6)),
      attribute(3, address),
      attribute(4, u16be(80)),
      attribute(6, text('rr')),
      attribute(7, Buffer.concat([u32(5 | 64), u32(0xffffffff)])),
      attribute(9, u32(64)),
      nest(12, attribute(4, u64(2n ** 64n - 1n))),
      nest(13, nest(1, attribute(1, address), attribute(3, u32(2)))),
      attribute(77, u8(255)),
    ),
    nest(
      2,
      attribute(1, Buffer.from([10, 0, 0, 1, ...Buffer.alloc(12)])),
      attribute(11, u16(2)),
      attribute(3, u32(3)),
      attribute(4, u32(-1)),
      attribute(13, u8(1)),
    ),
  );
  assert.deepEqual(lines(bytes), [
    `IPVS NEW_DEST [REQUEST ACK] sequence 7 port 9, ${bytes.length} bytes`,
    '  service',
    '    family: ipv6',
    '    protocol: tcp',
    '    address: ::1',
    '    port: 80',
    '    scheduler: rr',
    '    flags: persistent one-packet 0x40 (mask 0xffffffff)',
    '    netmask: 64',
    '    stats64',
    '      incomingBytes: 18446744073709551615',
    '    destinations',
    '      1',
    '        address: ::1',
    '        forwarding: tunnel',
    '    attribute 77: ff',
    '  destination',
    '    address: 10.0.0.1',
    '    family: ipv4',
    '    forwarding: direct-route',
    '    weight: -1',
    '    tunnelType: gue',
  ]);
});

test('SET_INFO is described by its own attribute set', () => {
  const bytes = genericMessage({ type: 33 }, 14, attribute(1, u32(0x010201)), attribute(2, u32(4096)));
  assert.deepEqual(describe(bytes).attributes, [
    { name: 'version', value: '1.2.1' },
    { name: 'connectionTableSize', value: 4096 },
  ]);
});

test('a reply of nlctrl with the operations of a family', () => {
  const operation = nest(1, attribute(1, u32(18)), attribute(2, u32(4)));
  assert.deepEqual(lines(genericMessage({ type: 16 }, 1, attribute(2, text('IPVS')), nest(6, operation))), [
    'nlctrl NEW_FAMILY [] sequence 0 port 0, 56 bytes',
    '  name: IPVS',
    '  operations',
    '    1',
    '      id: 18',
    '      flags: 4',
  ]);
});

test('NLMSG_ERROR with an extended ack, NLMSG_DONE, and flags whose meaning depends on the message type', () => {
  const request = message({ type: 33 });
  const extended = padded([attribute(1, text('bad')), attribute(2, u32(20))]);
  const error = message({ type: 2, flags: CAPPED | ACK_TLVS }, u32(-22), request, extended);
  assert.deepEqual(lines(error), [
    `NLMSG_ERROR EINVAL [CAPPED ACK_TLVS] sequence 0 port 0, ${error.length} bytes`,
    '  message: bad',
    '  offset: 20',
  ]);
  assert.equal(
    lines(message({ type: 3, flags: MULTI }, u32(0)))[0],
    'NLMSG_DONE 0 [MULTI] sequence 0 port 0, 20 bytes',
  );
  const flags = (bits: number): readonly string[] =>
    describe(genericMessage({ type: 33, flags: bits }, 4)).flags;
  assert.deepEqual(flags(REQUEST | DUMP), ['REQUEST', 'DUMP']);
  assert.deepEqual(flags(REQUEST | 0x100), ['REQUEST', 'ROOT']);
  assert.deepEqual(flags(MULTI | 0x10 | 0x8000), ['MULTI', 'DUMP_INTR', '0x8000']);
});

test('unknown types and commands are shown as numbers, and unknown payload as bytes', () => {
  assert.deepEqual(lines(message({ type: 40 }, Buffer.from([1, 0xab]))), [
    'type 40 [] sequence 0 port 0, 18 bytes',
    '  payload: 01ab',
  ]);
  assert.equal(describe(genericMessage({ type: 33 }, 99)).command, 'command 99');
});

test('a malformed message says what is wrong', () => {
  const { problem, payload } = describe(genericMessage({ type: 33 }, 1, Buffer.from([9, 0, 1, 0])));
  assert.match(problem!, /length of 9 is not between/);
  assert.equal(payload, '0101000009000100');
});

test('a malformed message shows the attributes before the malformed one', () => {
  const service = nest(1, attribute(1, u16(2)), nest(10, attribute(1, u32(7)), Buffer.from([9, 0, 2, 0])));
  const { attributes, problem, payload } = describe(genericMessage({ type: 33 }, 1, service));
  assert.deepEqual(attributes, [
    {
      name: 'service',
      attributes: [
        { name: 'family', value: 'ipv4' },
        { name: 'stats', attributes: [{ name: 'connections', value: 7 }] },
      ],
    },
  ]);
  assert.match(problem!, /^stats: an attribute length of 9 is not between 4 and 4/);
  assert.equal(payload, undefined);
});

test('links and routes are described where the protocol is NETLINK_ROUTE', () => {
  const routeLines = (bytes: Uint8Array): string[] => {
    const walker = new MessageWalker(new ByteView(bytes));
    assert.ok(walker.next());
    return describeLines(describeMessage(walker.message, { netlinkProtocol: 0 }));
  };
  const route = Buffer.from([28, 20, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0]);
  const bytes = message(
    { type: 24, flags: MULTI },
    route,
    padded([attribute(1, Buffer.from([0, 6, 0x41, 0])), attribute(4, u32(3))]),
  );
  assert.deepEqual(routeLines(bytes), [
    'ROUTE NEW_ROUTE [MULTI] sequence 0 port 0, 44 bytes',
    '  header: 1c140000fe04000100000000',
    '  destination: 100',
    '  outputInterface: 3',
  ]);
  const flagsOf = (type: number, flags: number): string => routeLines(message({ type, flags }, route))[0]!;
  assert.match(flagsOf(24, 0x605), /^ROUTE NEW_ROUTE \[REQUEST ACK EXCL CREATE\]/);
  assert.match(flagsOf(24, 0x905), /^ROUTE NEW_ROUTE \[REQUEST ACK REPLACE APPEND\]/);
  assert.match(flagsOf(26, 0x301), /^ROUTE GET_ROUTE \[REQUEST DUMP\]/);
  const link = message({ type: 16 }, Buffer.alloc(16), padded([attribute(1, Buffer.from([2, 0, 0xab]))]));
  assert.ok(routeLines(link).includes('  address: 02:00:ab'));
  assert.match(routeLines(message({ type: 16 }, u32(0))).join(), /problem: the family's header is truncated/);
  assert.deepEqual(routeLines(message({ type: 77 }, u32(1))), [
    'ROUTE command 77 [] sequence 0 port 0, 20 bytes',
    '  payload: 01000000',
  ]);
  assert.match(routeLines(message({ type: 3, flags: MULTI }, u32(0)))[0]!, /^NLMSG_DONE 0/);
});

test('a family with a spec of its own is described, whatever the types of its attributes', () => {
  const codec = new AttributeCodec({
    top: {
      big: [1, 'u64be'],
      flags: [2, 'masked-flags'],
      bits: [3, 'bitfield32'],
      packed: [4, 'packed', 's16'],
      names: [5, 'indexed-array', 'string'],
      many: [6, 'u8', 'multi'],
      ports: [7, 'nest', 'port', 'multi'],
      set: [8, 'flag'],
      signed: [9, 'sint'],
    },
    port: { index: [1, 'u32'] },
  });
  const spec: FamilySpec = { family: 'ports', commands: { GET: 2 }, codec, attributeSet: () => 'top' };
  const writer = new MessageWriter();
  codec.encode('top', writer, {
    big: 2n ** 64n - 1n,
    flags: { flags: 5, mask: 7 },
    bits: { value: 1, selector: 3 },
    packed: [-1, 2],
    names: ['a', 'b'],
    many: [1, 2],
    ports: [{ index: 1 }, { index: 2 }],
    set: true,
    signed: -5n,
  });
  const walker = new MessageWalker(new ByteView(genericMessage({ type: 50 }, 2, writer.copy())));
  assert.ok(walker.next());
  const families = new Map([[50, 'ports']]);
  const described = describeMessage(walker.message, { families, specs: [spec] });
  assert.deepEqual(describeLines(described).slice(1), [
    '  big: 18446744073709551615',
    '  flags: flags 0x5 mask 0x7',
    '  bits: value 0x1 selector 0x3',
    '  packed: -1 2',
    '  names: a b',
    '  many: 1',
    '  many: 2',
    '  ports',
    '    index: 1',
    '  ports',
    '    index: 2',
    '  set: true',
    '  signed: -5',
  ]);
  assert.deepEqual([described.type, described.command], ['ports', 'GET']);
});

test('any message is described in JSON', () => {
  const commands = fc.integer({ min: 0, max: 19 });
  fc.assert(
    fc.property(
      mutated(servicePayloads),
      commands,
      fc.constantFrom(1, 2, 3, 16, 33),
      (bytes, command, type) => {
        const whole = genericMessage({ type, flags: 0x300 }, command, attribute(1, bytes));
        const described = describe(whole);
        assert.deepEqual(JSON.parse(JSON.stringify(described)).type, described.type);
        assert.ok(describeLines(described).length > 0);
      },
    ),
    { numRuns: 300 },
  );
});
