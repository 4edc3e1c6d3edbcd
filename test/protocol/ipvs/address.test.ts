import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Address6 } from 'ip-address';
import {
  FieldError,
  formatAddress,
  formatIPv4,
  formatIPv6,
  parseAddress,
  serviceKeyValues,
} from '../../../protocol/index.ts';
import { referenceAddress } from '../reference-decoder.ts';

const zeros = Array.from({ length: 16 }, () => 0);
/** IPv6 addresses with many zero groups. */
const sparse = fc
  .array(
    fc.oneof(fc.constant(0), fc.constantFrom(1, 0xff, 0xabcd, 0xffff), fc.integer({ min: 0, max: 0xffff })),
    {
      minLength: 8,
      maxLength: 8,
    },
  )
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255])));

test('IPv6 text follows the rules of inet_ntop', () => {
  const cases: [groups: string, text: string][] = [
    ['0000:0000:0000:0000:0000:0000:0000:0000', '::'],
    ['0000:0000:0000:0000:0000:0000:0000:0001', '::1'],
    ['0001:0000:0000:0000:0000:0000:0000:0000', '1::'],
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:0db8:0000:0001:0001:0001:0001:0001', '2001:db8:0:1:1:1:1:1'],
    ['2001:0000:0000:0001:0000:0000:0000:0001', '2001:0:0:1::1'],
    ['0000:0000:0000:0000:0000:ffff:0a00:0001', '::ffff:10.0.0.1'],
    ['0000:0000:0000:0000:0000:0000:0a00:0001', '::10.0.0.1'],
    ['0000:0000:0000:0000:0000:0000:0000:ffff', '::ffff'],
    ['0000:0000:0000:0000:ffff:0000:0a00:0001', '::ffff:0:a00:1'],
    ['0064:ff9b:0000:0000:0000:0000:0a00:0001', '64:ff9b::a00:1'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['0000:0001:0000:0001:0000:0001:0000:0000', '0:1:0:1:0:1::'],
  ];
  for (const [groups, text] of cases) {
    const bytes = Buffer.from(groups.replaceAll(':', ''), 'hex');
    assert.equal(formatIPv6(bytes, 0), text);
    assert.equal(referenceAddress('ipv6', bytes), text);
    assert.deepEqual([...parseAddress('a', text).bytes], [...bytes]);
  }
});

test('IPv6 text is the canonical form of ip-address, or dotted where inet_ntop is', () => {
  fc.assert(
    fc.property(sparse, (bytes) => {
      const text = formatIPv6(bytes, 0);
      assert.equal(text, referenceAddress('ipv6', Buffer.from(bytes)));
      if (!text.includes('.')) assert.equal(text, Address6.fromUnsignedByteArray([...bytes]).correctForm());
      assert.deepEqual(parseAddress('a', text), { family: 'ipv6', bytes });
    }),
  );
});

test('IPv4 text round-trips, and is read at any offset', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.integer({ min: 0, max: 9 }),
      (four, offset) => {
        const buffer = new Uint8Array(16).fill(7);
        buffer.set(four, offset);
        const text = formatIPv4(buffer, offset);
        assert.equal(text, four.join('.'));
        assert.equal(formatAddress('ipv4', buffer, offset), text);
        const { family, bytes } = parseAddress('a', text);
        assert.deepEqual([family, [...bytes]], ['ipv4', [...four, ...zeros.slice(4)]]);
      },
    ),
    { numRuns: 50 },
  );
});

test('the texts that `isIP` of Node accepts are addresses, except those with a zone', () => {
  const seeds = ['::1', '1.2.3.4', '2001:db8::1', '::ffff:1.2.3.4', '1:2:3:4:5:6:7:8', '::', '::1.2.3.4'];
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(1), fc.constantFrom(...'0123456789afF:.-x[]g %/')), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(fc.constantFrom(...seeds), edits, (seed, changes) => {
      const characters = [...seed];
      for (const [at, remove, character] of changes)
        characters.splice(at % (characters.length + 1), remove, character);
      const text = characters.join('');
      const version = text.includes('%') ? 0 : isIP(text);
      if (version === 0)
        assert.throws(() => parseAddress('a', text), { name: 'FieldError', field: 'a' }, text);
      else assert.equal(parseAddress('a', text).family, `ipv${version}`, text);
    }),
    { numRuns: 1000 },
  );
});

test('a value that is not an address is refused with a FieldError', () => {
  const wrong = [
    undefined,
    null,
    5,
    {},
    '',
    'localhost',
    '10.0.0.1/24',
    'fe80::1%eth0',
    '256.1.1.1',
    '010.0.0.1',
    '1'.repeat(100_000),
    ':'.repeat(100_000),
  ];
  for (const value of wrong) assert.throws(() => parseAddress('a', value), FieldError);
  assert.throws(() => parseAddress('a', '::1', 'ipv4'), /must be an address of the family ipv4/);
});

test('the parsed bytes belong to the caller: changing them changes nothing else', () => {
  for (const address of ['10.0.0.1', '2001:db8::1']) {
    const key = { protocol: 'tcp', address, port: 80 } as const;
    serviceKeyValues(key).address!.fill(0xff);
    const { bytes, family } = parseAddress('address', address);
    bytes.fill(0xff);
    assert.equal(formatAddress(family, serviceKeyValues(key).address!), address);
  }
});
