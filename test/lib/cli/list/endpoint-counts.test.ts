import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EndpointCounts } from '../../../../lib/cli/list/connections/endpoint-counts.ts';
import { ConnectionRow, EndpointIndex } from '../../../../lib/ipvs/proc/connection-row.ts';

/** Parses a connection into `row`; `number` is the IPv4 address of its client, or the end of its IPv6 address. */
function rowOf(row: ConnectionRow, number: number, ipv6: boolean): ConnectionRow {
  const digits = number.toString(16).toUpperCase().padStart(8, '0');
  const client = ipv6 ? `2001:0DB8:0000:0000:0000:0000:${digits.slice(0, 4)}:${digits.slice(4)}` : digits;
  const line = Buffer.from(`TCP ${client} 9C40 C0000201 0050 0A000001 1F90 ESTABLISHED 899`);
  assert.ok(row.parse(line, 0, line.length));
  return row;
}

describe('counts of connections by endpoint', () => {
  it('are those that a Map gives, the largest first, then by address and port', () => {
    const counts = new EndpointCounts();
    const model = new Map<string, number>();
    const row = new ConnectionRow();
    for (let index = 0; index < 80_000; index++) {
      // Addresses above 0x7fffffff as well, more of them than one chunk of the counts holds, and collisions.
      const number = Math.imul(index % 50_000, 0x01000193) >>> 0;
      rowOf(row, number, index % 3 === 0);
      counts.add(row, EndpointIndex.CLIENT, index % 2);
      const key = `${row.address(EndpointIndex.CLIENT)} ${index % 2}`;
      model.set(key, (model.get(key) ?? 0) + 1);
    }
    assert.ok(model.size > 65_536);
    const sorted = [...counts.sorted()];
    assert.equal(sorted.length, model.size);
    for (const { address, port, count } of sorted) assert.equal(model.get(`${address} ${port}`), count);
    const sortKey = ({ count, family, address, port }: (typeof sorted)[number]): string => {
      const digits = family === 'ipv4' ? address.split('.').map((part) => part.padStart(3, '0')) : [];
      return `${100 - count} ${family} ${digits.join('')} ${family === 'ipv4' ? port : ''}`;
    };
    const sortKeys = sorted.map(sortKey);
    assert.deepEqual(sortKeys, [...sortKeys].sort());
  });

  it('take no more memory than arrays of numbers, for both families', () => {
    const row = new ConnectionRow();
    for (const ipv6 of [false, true]) {
      const counts = new EndpointCounts();
      rowOf(row, 0, ipv6);
      const before = process.memoryUsage();
      const client = new DataView(row.addresses.buffer);
      for (let index = 0; index < 100_000; index++) {
        client.setUint32(ipv6 ? 12 : 0, index);
        counts.add(row, EndpointIndex.CLIENT, 0);
      }
      const after = process.memoryUsage();
      assert.ok(
        after.heapUsed - before.heapUsed < 2_000_000,
        `${after.heapUsed - before.heapUsed} bytes of heap`,
      );
      // Arrays that were outgrown may not have been garbage-collected yet.
      const bytes = after.arrayBuffers - before.arrayBuffers;
      assert.ok(bytes < 100_000 * 64, `${bytes} bytes of arrays`);
      assert.equal(counts.sorted().next().value?.address, ipv6 ? '2001:db8::' : '0.0.0.0');
    }
  });
});
