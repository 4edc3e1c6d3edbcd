import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthWorkloads, publicWorkloads, serviceCount, tableOf } from '../../bench/workloads.ts';

const endpoint = ({ address, port }: { readonly address?: string; readonly port?: number }): string =>
  `${address}:${port}`;

test('tables follow the rules of the public benchmark', () => {
  const [first, second] = [...tableOf(publicWorkloads.find(({ name }) => name === '1000x4')!)];
  assert.equal(endpoint(first![0] as never), '10.0.0.1:30000');
  assert.deepEqual(
    first![1].map(endpoint),
    [0, 1, 2, 3].map((k) => `10.0.0.1:${10000 + k}`),
  );
  assert.equal(endpoint(second![1][0]!), '10.0.0.1:10004');
});

test('every table has as many services as it says, all different, and legal ports', () => {
  for (const workload of [...publicWorkloads, growthWorkloads.at(-1)!]) {
    const keys = new Set<string>();
    let destinations = 0;
    for (const [service, members] of tableOf(workload)) {
      keys.add(service.mark === undefined ? endpoint(service) : `mark ${service.mark}`);
      destinations += members.length;
      for (const { port } of members) assert.ok(port > 0 && port < 65536, `${workload.name}: port ${port}`);
    }
    assert.equal(keys.size, serviceCount(workload), workload.name);
    assert.equal(destinations, serviceCount(workload) * workload.destinations, workload.name);
  }
});
