import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BenchmarkTable,
  benchmarkTableNamed,
  growthTables,
  publishedTables,
  tableOfEachKind,
} from '../../bench/tables/benchmark-tables.ts';
import { serviceKeyText } from '../../lib/index.ts';
import { FakeKernel } from '../../lib/testing/index.ts';
import { destinationValues, serviceValues } from '../../protocol/index.ts';

const endpoint = ({ address, port }: { readonly address?: string; readonly port?: number }): string =>
  `${address}:${port}`;

const everyTable: readonly BenchmarkTable[] = [...publishedTables, ...growthTables, ...tableOfEachKind];

test('tables follow the rules of the published benchmark', () => {
  const [first, second] = [...benchmarkTableNamed('1000x4').table()];
  assert.equal(endpoint(first![0] as never), '10.0.0.1:30000');
  assert.deepEqual(
    first![1].map(endpoint),
    [0, 1, 2, 3].map((k) => `10.0.0.1:${10000 + k}`),
  );
  assert.equal(endpoint(second![1][0]!), '10.0.0.1:10004');
});

test('every table has the number of services that it declares', () => {
  for (const { name, services, table } of everyTable) {
    let count = 0;
    for (const _ of table()) count++;
    assert.equal(count, services, name);
  }
});

test('a kernel accepts every kind of table: nothing is refused, and all keys differ', () => {
  for (const { name, services, table } of [...tableOfEachKind, benchmarkTableNamed('8000+8000x1')]) {
    const { state } = new FakeKernel({ singleDump: 'nested' });
    const keys = new Set<string>();
    for (const [service, destinations] of table()) {
      keys.add(serviceKeyText(service));
      if (keys.size <= 500) state.addService(serviceValues(service), destinations.map(destinationValues));
    }
    assert.equal(state.serviceCount, 500, name);
    assert.equal(keys.size, services, name);
  }
});

test('a table is the same each time, and each kind has the features of its description', () => {
  const features = (name: string): Record<string, string> => {
    const rows = [...benchmarkTableNamed(name).table()];
    assert.deepEqual([...benchmarkTableNamed(name).table()], rows);
    const distinct = (values: readonly unknown[]): string => [...new Set(values)].sort().join(' ');
    const destinations = rows.flatMap(([, definitions]) => definitions);
    const counts = rows.map(([, definitions]) => definitions.length);
    return {
      protocols: distinct(rows.map(([{ mark, protocol }]) => (mark === undefined ? protocol : 'mark'))),
      schedulers: distinct(rows.map(([{ scheduler }]) => scheduler)),
      persistent: (rows.filter(([{ persistence }]) => persistence).length / rows.length).toFixed(1),
      forwarding: distinct(destinations.map(({ forwarding }) => forwarding)),
      tunnels: distinct(destinations.flatMap(({ tunnel }) => tunnel?.type ?? [])),
      counts: `${Math.min(...counts)}-${Math.max(...counts)}`,
    };
  };
  assert.deepEqual(features('proxy'), {
    protocols: 'tcp udp',
    schedulers: 'rr',
    persistent: '0.1',
    forwarding: 'masq',
    tunnels: '',
    counts: '1-60',
  });
  assert.deepEqual(features('edge'), {
    protocols: 'tcp',
    schedulers: 'mh sh wlc wrr',
    persistent: '0.3',
    forwarding: 'direct-route masq tunnel',
    tunnels: '',
    counts: '1-16',
  });
  assert.deepEqual(features('mixed'), {
    protocols: 'mark sctp tcp udp',
    schedulers: 'dh fo lblc lblcr lc mh nq ovf rr sed sh wlc wrr',
    persistent: '0.3',
    forwarding: 'direct-route masq tunnel',
    tunnels: 'gre gue ipip',
    counts: '0-12',
  });
});
