import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SortKey } from '../../../../lib/cli/parse/command.ts';
import { optionChoices } from '../../../../lib/cli/parse/values/choices.ts';
import { ServersSnapshot } from '../../../../lib/cli/top/snapshots/servers-snapshot.ts';
import { ServicesSnapshot } from '../../../../lib/cli/top/snapshots/services-snapshot.ts';
import { type Snapshot, sortKeys } from '../../../../lib/cli/top/snapshots/snapshot.ts';
import { exampleServices, kernelWith, recordsOf } from './example-services.ts';

const records = recordsOf(kernelWith(exampleServices));
const web = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;

function names(snapshot: Snapshot, sort: SortKey, filter = '', offset = 0, count = 9): string[] {
  return snapshot
    .page({ sort, filter }, offset, count)
    .rows.map(({ protocol, name }) => `${protocol} ${name}`.trim());
}

const WEB = 'tcp 192.0.2.1:80';
const DNS = 'udp 192.0.2.1:53';
const TLS = 'tcp [2001:db8::1]:443';

describe('services', () => {
  const snapshot = new ServicesSnapshot(records);

  it('are summed up', () => {
    const { rates, ...sums } = snapshot.totals;
    assert.deepEqual(sums, { services: 5, servers: 4, active: 83, inactive: 100_001 });
    assert.deepEqual(rates, {
      connectionRate: 905,
      incomingPacketRate: 0,
      outgoingPacketRate: 0,
      incomingByteRate: 91_000,
      outgoingByteRate: 5_000_020_000,
    });
  });

  it('are sorted by each key, the largest first, and then by address', () => {
    assert.deepEqual(names(snapshot, 'conns'), [TLS, WEB, DNS, 'mark 6', 'mark 7']);
    assert.deepEqual(names(snapshot, 'rate'), [DNS, WEB, TLS, 'mark 6', 'mark 7']);
    assert.deepEqual(names(snapshot, 'bytes'), [TLS, DNS, WEB, 'mark 6', 'mark 7']);
    assert.deepEqual(names(snapshot, 'total'), [DNS, WEB, TLS, 'mark 6', 'mark 7']);
    assert.deepEqual(names(snapshot, 'address'), [WEB, DNS, TLS, 'mark 6', 'mark 7']);
    assert.deepEqual(sortKeys.toSorted(), optionChoices.sort!.toSorted());
  });

  it('have pages, and rows with exact numbers', () => {
    assert.deepEqual(names(snapshot, 'conns', '', 1, 2), [WEB, DNS]);
    const { rows, matching } = snapshot.page({ sort: 'total', filter: '' }, 0, 1);
    assert.equal(matching, 5);
    const { counters, service, ...row } = rows[0]!;
    assert.deepEqual(row, {
      protocol: 'udp',
      name: '192.0.2.1:53',
      schedulerOrForwarding: 'rr',
      serversOrWeight: 1,
      active: 2,
      inactive: 0,
    });
    assert.equal(counters.connections, 2n ** 63n + 1n);
    assert.equal(service?.port, 53);
  });

  it('are filtered by the text of their rows, regardless of case', () => {
    assert.deepEqual(names(snapshot, 'conns', ':53'), [DNS]);
    assert.deepEqual(names(snapshot, 'conns', 'WLC'), [WEB, 'mark 6', 'mark 7']);
    assert.deepEqual(names(snapshot, 'conns', 'tcp 192'), [WEB]);
    assert.equal(snapshot.page({ sort: 'conns', filter: 'mark' }, 0, 1).matching, 2);
    assert.deepEqual(
      names(snapshot, 'conns', '', 4, 1),
      ['mark 7'],
      'with another filter the services are filtered again',
    );
  });
});

describe('real servers', () => {
  const snapshot = new ServersSnapshot(records, web);

  it('are those of one service', () => {
    const { rates, ...sums } = snapshot.totals;
    assert.deepEqual(sums, { services: 1, servers: 2, active: 40, inactive: 1 });
    assert.equal(rates.connectionRate, 5);
    assert.deepEqual(names(snapshot, 'conns'), ['198.51.100.2:8080', '198.51.100.1:8080']);
    assert.deepEqual(names(snapshot, 'rate'), ['198.51.100.1:8080', '198.51.100.2:8080']);
    assert.deepEqual(names(snapshot, 'rate', '', 1, 1), ['198.51.100.2:8080']);
    assert.deepEqual(names(snapshot, 'conns', '.1:'), ['198.51.100.1:8080']);
    assert.deepEqual(
      snapshot
        .page({ sort: 'conns', filter: '' }, 0, 1)
        .rows.map(({ serversOrWeight, active }) => [serversOrWeight, active]),
      [[0, 30]],
    );
  });

  it('are none if the service does not exist', () => {
    const none = new ServersSnapshot(records, { ...web, port: 81 });
    assert.deepEqual([none.exists, none.totals.services, names(none, 'conns').length], [false, 0, 0]);
  });
});
