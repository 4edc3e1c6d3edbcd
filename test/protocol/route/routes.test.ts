import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  ByteView,
  DecodeError,
  decodeInterfaceAddress,
  decodeLink,
  decodeRoute,
  type Message,
  MessageWalker,
  type Route,
  RouteFamily,
} from '../../../protocol/index.ts';
import { mutated } from '../arbitraries.ts';
import { attribute, message, padded, text, u8, u16, u32 } from '../reference-encoder.ts';

function messageOf(type: number, header: Uint8Array, ...attributes: readonly Uint8Array[]): Message {
  const walker = new MessageWalker(new ByteView(message({ type, flags: 2 }, header, padded(attributes))));
  assert.ok(walker.next());
  return walker.message;
}

const routeHeader = (family: number, length: number): Buffer =>
  Buffer.from([family, length, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0]);

const route = (family: number, length: number, ...attributes: readonly Uint8Array[]): Route =>
  decodeRoute(messageOf(24, routeHeader(family, length), ...attributes));

function nextHop(
  index: number,
  { hops = 0, flags = 0 }: { hops?: number; flags?: number },
  ...attributes: readonly Uint8Array[]
): Buffer {
  const inside = padded(attributes);
  return Buffer.concat([u16(8 + inside.length), u8(flags), u8(hops), u32(index), inside]);
}

const net10 = attribute(1, Buffer.from([10, 0, 0, 0]));
const via = (family: number, ...bytes: number[]): Buffer =>
  attribute(18, Buffer.concat([u16(family), Buffer.from(bytes)]));
const linkLocal = [0xfe, 0x80, ...new Array<number>(13).fill(0), 0x0a];

describe('routes', () => {
  it('show the next hops of RTA_MULTIPATH with gateway, interface and weight', () => {
    const { gateway, nextHops, outputInterface } = route(
      RouteFamily.IPV4,
      8,
      net10,
      attribute(
        9,
        nextHop(3, {}, attribute(5, Buffer.from([192, 0, 2, 1]))),
        nextHop(4, { hops: 2, flags: 16 }, via(RouteFamily.IPV6, ...linkLocal)),
        nextHop(5, { hops: 255, flags: 4 }),
      ),
    );
    assert.equal(gateway, undefined);
    assert.equal(outputInterface, undefined);
    const rest = { newDestination: undefined, ttlThreshold: undefined };
    assert.deepEqual(
      nextHops.map(({ attributes, ...hop }) => ({ ...hop })),
      [
        { ...rest, outputInterface: 3, gateway: '192.0.2.1', gatewayFamily: 2, weight: 1, flags: 0 },
        { ...rest, outputInterface: 4, gateway: 'fe80::a', gatewayFamily: 10, weight: 3, flags: 16 },
        { ...rest, outputInterface: 5, gateway: undefined, gatewayFamily: undefined, weight: 256, flags: 4 },
      ],
    );
    assert.equal(nextHops[1]!.attributes.via!.length, 18);
  });

  it('show a gateway of another family (RTA_VIA)', () => {
    const found = route(2, 32, attribute(1, Buffer.from([198, 51, 100, 1])), via(10, ...linkLocal));
    assert.deepEqual(
      [found.destination, found.gateway, found.gatewayFamily],
      ['198.51.100.1', 'fe80::a', RouteFamily.IPV6],
    );
    const sameFamily = route(2, 8, net10, attribute(5, Buffer.from([192, 0, 2, 1])));
    assert.deepEqual(
      [sameFamily.gateway, sameFamily.gatewayFamily, sameFamily.nextHops],
      ['192.0.2.1', 2, []],
    );
  });

  it('show the next hop object that they refer to (RTA_NH_ID)', () => {
    assert.equal(route(2, 8, net10, attribute(30, u32(7))).nextHopId, 7);
  });

  it('show the labels of MPLS', () => {
    const label = (number: number, bottom: boolean): number[] => [
      number >> 12,
      (number >> 4) & 0xff,
      ((number & 15) << 4) | (bottom ? 1 : 0),
      0,
    ];
    const found = route(
      RouteFamily.MPLS,
      20,
      attribute(1, Buffer.from([0, 0x06, 0x41, 0])),
      attribute(19, Buffer.from([...label(200, false), ...label(1048575, true), 1, 2, 3, 4])),
      via(2, 10, 0, 0, 2),
    );
    assert.deepEqual(
      [found.destination, found.newDestination, found.gateway, found.gatewayFamily],
      ['100', '200/1048575', '10.0.0.2', 2],
    );
    const viaHardware = route(RouteFamily.MPLS, 20, via(17, 2, 0, 0, 0, 0, 0xab));
    assert.deepEqual(
      [viaHardware.gateway, viaHardware.gatewayFamily],
      ['02:00:00:00:00:ab', RouteFamily.PACKET],
    );
  });

  it('show group, source and interfaces of a multicast route', () => {
    const found = route(
      RouteFamily.IPV4_MULTICAST,
      32,
      attribute(1, Buffer.from([232, 1, 1, 1])),
      attribute(2, Buffer.from([10, 0, 0, 9])),
      attribute(3, u32(3)),
      attribute(9, nextHop(4, { hops: 1 })),
    );
    assert.deepEqual([found.destination, found.source, found.inputInterface], ['232.1.1.1', '10.0.0.9', 3]);
    const [hop] = found.nextHops;
    assert.deepEqual([hop!.outputInterface, hop!.weight, hop!.ttlThreshold], [4, undefined, 1]);
    const group = Buffer.from([0xff, 0x0e, ...new Array<number>(13).fill(0), 1]);
    assert.equal(route(RouteFamily.IPV6_MULTICAST, 128, attribute(1, group)).destination, 'ff0e::1');
  });

  it('show an address of an unknown family or of a wrong length as hexadecimal bytes', () => {
    assert.equal(route(99, 32, attribute(1, Buffer.from([1, 2, 0xab]))).destination, '0x0102ab');
    assert.equal(route(2, 32, attribute(1, Buffer.from([1, 2]))).destination, '0x0102');
    assert.equal(route(RouteFamily.MPLS, 20, attribute(1, Buffer.alloc(3))).destination, '0x000000');
  });

  it('with malformed next hops throw a DecodeError with offset and path', () => {
    const cases: [multipath: Buffer, offset: number, path: string][] = [
      [Buffer.alloc(16), 40, 'route.multipath'],
      [Buffer.concat([nextHop(3, {}), Buffer.alloc(4)]), 48, 'route.multipath'],
      [Buffer.concat([nextHop(3, {}), u16(12), Buffer.alloc(6)]), 48, 'route.multipath'],
      [nextHop(3, {}, Buffer.from([200, 0, 5, 0])), 48, 'route.multipath[0]'],
      [nextHop(3, {}, attribute(4, u16(1))), 52, 'route.multipath[0].outputInterface'],
    ];
    for (const [multipath, offset, path] of cases) {
      assert.throws(
        () => route(2, 8, net10, attribute(9, multipath)),
        (error) => {
          assert.ok(error instanceof DecodeError);
          assert.deepEqual([error.offset, error.path], [offset, path]);
          return true;
        },
      );
    }
  });
});

describe('any bytes', () => {
  const decoders: readonly [type: number, header: Buffer, decode: (of: Message) => unknown][] = [
    [24, routeHeader(2, 8), decodeRoute],
    [24, routeHeader(28, 20), decodeRoute],
    [24, routeHeader(128, 32), decodeRoute],
    [16, Buffer.alloc(16), decodeLink],
    [20, Buffer.from([2, 24, 0, 0, 1, 0, 0, 0]), decodeInterfaceAddress],
  ];
  const bodies = mutated(
    fc.constantFrom(
      padded([net10, attribute(9, nextHop(3, { hops: 1 }, attribute(5, Buffer.alloc(4))), nextHop(4, {}))]),
      padded([attribute(3, text('eth0')), attribute(4, u32(1500))]),
      padded([attribute(1, Buffer.alloc(4)), via(10, ...linkLocal), attribute(19, Buffer.alloc(8))]),
    ),
  );

  it('decode to an object or throw a DecodeError with an offset inside of the message', () => {
    fc.assert(
      fc.property(bodies, fc.constantFrom(...decoders), (body, [type, header, decode]) => {
        const given = messageOf(type, header, body);
        try {
          assert.equal(typeof decode(given), 'object');
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
          assert.ok(error.offset >= 16 && error.offset <= given.end);
        }
      }),
      { numRuns: 500 },
    );
  });
});
