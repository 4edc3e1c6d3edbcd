import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  ByteView,
  DecodeError,
  decodeDaemon,
  decodeDestination,
  decodeService,
  type Family,
} from '../../../protocol/index.ts';
import { destinationPayloads, mutated, servicePayloads } from '../arbitraries.ts';
import { referenceDestination, referenceService } from '../reference-decoder.ts';
import { attribute, nest, padded, text, u16, u16be, u32 } from '../reference-encoder.ts';
import {
  decodeAt,
  decodeThroughRecords,
  expectedPlain,
  plainOf,
  withCounterValues,
} from './service-nests.ts';

/** Returns the value, or 'malformed' if an error of the expected class is thrown. */
function outcome(errorClass: typeof DecodeError | typeof RangeError, make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    if (error instanceof errorClass) return 'malformed';
    throw error;
  }
}

/**
 * Compares `decode` with the reference decoder. `decode` reads the bytes from a buffer that continues with other bytes.
 */
function compare(
  bytes: Buffer,
  decode: (view: ByteView, end: number) => unknown,
  referenceDecode: (bytes: Buffer) => unknown,
): void {
  for (const poison of [0x00, 0x04, 0xff]) {
    const view = new ByteView(Buffer.concat([bytes, Buffer.alloc(24, poison)]));
    const found = outcome(DecodeError, () => decode(view, bytes.length));
    assert.deepEqual(
      found,
      outcome(RangeError, () => referenceDecode(bytes)),
    );
  }
}

test('any bytes decode to the same service as with the reference decoder', () => {
  fc.assert(
    fc.property(fc.oneof(servicePayloads, mutated(servicePayloads)), (bytes) => {
      compare(bytes, (view, end) => withCounterValues(decodeService(view, 0, end)), referenceService);
    }),
    { numRuns: 500 },
  );
});

test('any bytes decode to the same destination as with the reference decoder', () => {
  const families = fc.constantFrom<Family>('ipv4', 'ipv6');
  fc.assert(
    fc.property(fc.oneof(destinationPayloads, mutated(destinationPayloads)), families, (bytes, family) => {
      compare(
        bytes,
        (view, end) => withCounterValues(decodeDestination(view, 0, end, family)),
        (payload) => referenceDestination(payload, family),
      );
    }),
    { numRuns: 500 },
  );
});

test('any bytes decode to the same service with destinations, as objects and as records', () => {
  fc.assert(
    fc.property(fc.oneof(servicePayloads, mutated(servicePayloads)), fc.nat(9), (bytes, offset) => {
      const expected = outcome(RangeError, () => expectedPlain(bytes));
      assert.deepEqual(
        outcome(DecodeError, () => plainOf(decodeAt(bytes, offset))),
        expected,
      );
      assert.deepEqual(
        outcome(DecodeError, () => decodeThroughRecords(bytes)),
        expected,
      );
    }),
    { numRuns: 500 },
  );
});

test('any bytes decode to a daemon or throw a DecodeError', () => {
  const validDaemon = padded([attribute(1, u32(1)), attribute(2, text('eth0')), attribute(3, u32(5))]);
  const bytes = fc.oneof(mutated(fc.constant(validDaemon)), fc.uint8Array({ maxLength: 48 }));
  fc.assert(
    fc.property(bytes, (given) => {
      const role = outcome(DecodeError, () => decodeDaemon(new ByteView(given), 0, given.length).role);
      assert.ok(role === 'master' || role === 'backup' || role === 'malformed');
    }),
  );
  assert.equal(decodeDaemon(new ByteView(validDaemon), 0, validDaemon.length).role, 'master');
});

const markService: Buffer[] = [
  attribute(1, u16(10)),
  attribute(5, u32(0xffffffff)),
  attribute(6, text('wlc')),
];
const serviceOf = (...attributes: Buffer[]): ReturnType<typeof decodeService> => {
  const bytes = padded(attributes);
  return decodeService(new ByteView(bytes), 0, bytes.length);
};

test('a mark is unsigned', () => {
  const { mark, family, protocol, address, port } = serviceOf(...markService);
  assert.deepEqual(
    [mark, family, protocol, address, port],
    [0xffffffff, 'ipv6', undefined, undefined, undefined],
  );
});

test('persistence without a netmask has only its timeout', () => {
  const flags = attribute(7, Buffer.concat([u32(3), u32(0xffffffff)]));
  assert.deepEqual(serviceOf(...markService, flags, attribute(8, u32(300))).persistence, { timeout: 300 });
});

test('names of properties of Object.prototype are scheduler names like any other', () => {
  const flags = attribute(7, Buffer.concat([u32(8), u32(0xffffffff)]));
  for (const name of ['toString', 'constructor', '__proto__']) {
    const service = serviceOf(markService[0]!, markService[1]!, attribute(6, text(name)), flags);
    assert.deepEqual([service.scheduler, service.schedulerFlags], [name, ['flag-1']]);
  }
});

test('an error names the missing attribute', () => {
  const familyAndScheduler = padded([attribute(1, u16(2)), attribute(6, text('rr'))]);
  const cases: [Buffer, string][] = [
    [Buffer.alloc(0), 'service.family'],
    [padded(markService.slice(0, 2)), 'service.scheduler'],
    [familyAndScheduler, 'service.protocol'],
    [padded([familyAndScheduler, attribute(2, u16(6))]), 'service.address'],
    [padded([attribute(1, u16(3)), attribute(6, text('rr'))]), 'service.family'],
  ];
  for (const [bytes, path] of cases) {
    assert.throws(
      () => decodeService(new ByteView(bytes), 0, bytes.length),
      (error) => error instanceof DecodeError && error.path === path,
      path,
    );
  }
  const withoutPort = padded([attribute(1, Buffer.alloc(16))]);
  assert.throws(() => decodeDestination(new ByteView(withoutPort), 0, withoutPort.length, 'ipv4'), {
    path: 'destination.port',
  });
  const badFamily = padded([attribute(1, Buffer.alloc(16)), attribute(2, u16be(1)), attribute(11, u16(0))]);
  assert.throws(() => decodeDestination(new ByteView(badFamily), 0, badFamily.length, 'ipv4'), {
    path: 'destination.family',
    offset: 32,
  });
});

test('counters are those of STATS64, otherwise the 32-bit ones of STATS, otherwise 0', () => {
  const stats = nest(10, attribute(1, u32(0xffffffff)));
  const long = Buffer.alloc(8, 255);
  const stats64 = nest(12, attribute(1, long), attribute(10, long));
  assert.deepEqual(serviceOf(...markService, stats).counters.connections, 0xffffffffn);
  const { counters } = serviceOf(...markService, stats, stats64);
  assert.deepEqual(
    [counters.is64Bit, counters.connections, counters.outgoingByteRate, counters.incomingBytes],
    [true, 2n ** 64n - 1n, 2n ** 64n - 1n, 0n],
  );
  assert.equal(counters.toJSON().connections, '18446744073709551615');
  assert.equal(serviceOf(...markService).counters.connections, 0n);
});
