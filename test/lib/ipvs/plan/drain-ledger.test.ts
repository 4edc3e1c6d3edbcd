import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchOperation, DrainLedger } from '../../../../lib/index.ts';
import { service } from './planned-services.ts';

const key = service(80);
const [destination] = key.destinations;
const drain = { service: 'tcp 10.0.0.1:80', destination: '10.1.0.1:80' };
const begins = { draining: [{ ...drain, connections: 1 }], operations: [] };
const nothing = { draining: [], operations: [] };

for (const kind of ['update-destination', 'add-destination'] as const) {
  test(`a drain that ends by ${kind} begins anew, by what was stored ahead of the plan, too`, () => {
    let now = 1000;
    const ledger = new DrainLedger(() => now);
    ledger.begin(begins);
    now = 5000;
    ledger.begin(nothing);
    assert.equal(ledger.elapsed(drain.service, drain.destination), 4000);
    const end = { do: kind, service: key, destination: destination! } as BatchOperation;
    ledger.begin({ draining: [], operations: [end] });
    // Killed before the plan was carried out, or after it: nobody knows.
    const text = JSON.stringify(ledger.drains);
    now = 100_000;
    const later = new DrainLedger(() => now, JSON.parse(text));
    assert.ok((later.elapsed(drain.service, drain.destination) ?? 0) === 0);
    later.begin(begins);
    now = 100_001;
    assert.equal(later.elapsed(drain.service, drain.destination), 1);
    later.record(begins);
    assert.equal(later.elapsed(drain.service, drain.destination), 1);
    later.record(nothing);
    assert.equal(later.size, 0);
  });
}

test('a drain that began in the future begins now', () => {
  const ledger = new DrainLedger(() => 10, [{ ...drain, since: 11 }]);
  assert.deepEqual(ledger.drains, [{ ...drain, since: 10 }]);
});
