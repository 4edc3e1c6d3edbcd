import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IpvsSync, parseDesiredState } from '../../../lib/index.ts';
import { type MetricsOptions, metricsText } from '../../../lib/metrics/index.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import {
  type CounterValues,
  counterNames,
  destinationValues,
  type ServiceDefinition,
  serviceValues,
} from '../../../protocol/index.ts';
import { readMetrics } from './read-metrics.ts';

const WEB = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const MARK: ServiceDefinition = { mark: 171, family: 'ipv6', scheduler: 'rr' };
const BIG = 2n ** 63n + 1n;

/** Counters with the values `first`, `first` + 1 and so on. */
function counters(first: bigint): CounterValues {
  return Object.fromEntries(
    counterNames.map((name, index) => [name, first + BigInt(index)]),
  ) as CounterValues;
}

interface ChunkOptions extends MetricsOptions {
  /** Adds more to the table. */
  readonly addMore?: (ipvs: IpvsSync) => void;
}

/** The text of the metrics of two services and three destinations, in chunks. */
function chunks({ addMore, ...options }: ChunkOptions = {}): string[] {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const ipvs = IpvsSync.open({ transport: kernel.connect() });
  const web = { ...WEB, scheduler: 'wlc' };
  ipvs.addService(web);
  ipvs.addService(MARK);
  const servers = ['198.51.100.7', '198.51.100.8'].map((address, index) => {
    const server = {
      address,
      port: 8080,
      forwarding: 'masq',
      weight: 3 + index,
      upperThreshold: 9 * index,
    } as const;
    ipvs.addDestination(web, server);
    return server;
  });
  ipvs.addDestination(MARK, { address: '2001:db8::7', port: 0, forwarding: 'direct-route', weight: 0 });
  kernel.state.setServiceCounters(serviceValues(web), counters(BIG));
  kernel.state.setServiceCounters(serviceValues(MARK), counters(10n));
  for (const server of servers)
    kernel.state.setDestinationCounters(
      serviceValues(web),
      destinationValues(server),
      counters(2n ** 32n - 1n),
    );
  kernel.state.setConnections(serviceValues(web), destinationValues(servers[0]!), {
    active: 5,
    inactive: 6,
    persistent: 7,
  });
  addMore?.(ipvs);
  return [...metricsText(ipvs.records().services, options)];
}

/** The values of a metric by labels. */
function samples(name: string, options: ChunkOptions = {}): Record<string, string> {
  const { format = 'prometheus' } = options;
  const family =
    readMetrics(chunks(options).join(''), format).get(name) ?? assert.fail(`there is no ${name}`);
  return Object.fromEntries(family.samples);
}

const LABELS = 'protocol="tcp",address="192.0.2.1",port="80"';
const FIRST = 'destination_address="198.51.100.7",destination_port="8080"';
const SECOND = 'destination_address="198.51.100.8",destination_port="8080"';

describe('metrics of a table', () => {
  test('counters are exact to 64 bits', () => {
    assert.deepEqual(samples('ipvs_service_outgoing_bytes_total'), {
      [`service="tcp 192.0.2.1:80",${LABELS}`]: String(BIG + 4n),
      'service="mark 171 ipv6",mark="171"': '14',
    });
    assert.deepEqual(
      samples('ipvs_destination_incoming_packets_total', { labels: ['destination_address'] }),
      {
        'destination_address="198.51.100.7"': '4294967296',
        'destination_address="198.51.100.8"': '4294967296',
        'destination_address="2001:db8::7"': '0',
      },
    );
  });

  test('destinations have metrics of their connections, weights, thresholds and forwarding methods', () => {
    const labels = ['destination_address'] as const;
    for (const [name, first, second] of [
      ['ipvs_destination_active_connections', '5', '0'],
      ['ipvs_destination_inactive_connections', '6', '0'],
      ['ipvs_destination_persistent_connections', '7', '0'],
      ['ipvs_destination_weight', '3', '4'],
      ['ipvs_destination_upper_threshold', undefined, '9'],
    ] as const) {
      const read = samples(name, { labels });
      assert.equal(read['destination_address="198.51.100.7"'], first, name);
      assert.equal(read['destination_address="198.51.100.8"'], second, name);
    }
    assert.equal(
      samples('ipvs_destination_info')[`service="tcp 192.0.2.1:80",${LABELS},${FIRST},forwarding="masq"`],
      '1',
    );
    assert.deepEqual(samples('ipvs_service_info', { labels: [] }), {
      'scheduler="wlc"': '1',
      'scheduler="rr"': '1',
    });
    assert.deepEqual([samples('ipvs_services'), samples('ipvs_destinations')], [{ '': '2' }, { '': '3' }]);
  });

  test('values that differ only in labels that are left out are added up, exactly', () => {
    assert.deepEqual(samples('ipvs_destination_incoming_bytes_total', { labels: ['service'] }), {
      'service="tcp 192.0.2.1:80"': String(2n * (2n ** 32n + 2n)),
      'service="mark 171 ipv6"': '0',
    });
    assert.deepEqual(samples('ipvs_service_connections_total', { labels: [] }), { '': String(BIG + 10n) });
    assert.deepEqual(samples('ipvs_destination_weight', { labels: ['family', 'destination_port'] }), {
      'family="ipv4",destination_port="8080"': '7',
      'family="ipv6",destination_port="0"': '0',
    });
  });

  test('services have the names that a file gives them, which are escaped', async () => {
    const file = { services: [{ ...WEB, name: 'the "web" \\ é', scheduler: 'rr', destinations: [] }] };
    const { names } = await parseDesiredState(JSON.stringify(file));
    assert.deepEqual(Object.keys(samples('ipvs_service_connections_total', { serviceNames: names })), [
      `service="the \\"web\\" \\\\ é",${LABELS}`,
      'service="mark 171 ipv6",mark="171"',
    ]);
    const serviceNames = new Map([['tcp 192.0.2.1:80', 'a\nb']]);
    assert.deepEqual(
      Object.keys(samples('ipvs_service_connections_total', { serviceNames, labels: ['service'] })),
      ['service="a\\\\x0ab"', 'service="mark 171 ipv6"'],
    );
  });

  test("node_exporter's names have its labels", () => {
    const read = samples('node_ipvs_backend_connections_active', { naming: 'node' });
    const local = 'local_address="192.0.2.1",local_port="80",proto="TCP",local_mark=""';
    assert.deepEqual(read, {
      [`${local},${FIRST.replaceAll('destination', 'remote')}`]: '5',
      [`${local},${SECOND.replaceAll('destination', 'remote')}`]: '0',
      'local_address="",local_port="0",proto="FWM",local_mark="000000AB",remote_address="2001:db8::7",remote_port="0"':
        '0',
    });
    assert.deepEqual(
      samples('node_ipvs_backend_weight', { naming: 'node', labels: ['service', 'protocol'] }),
      {
        'proto="TCP"': '7',
        'proto="FWM"': '0',
      },
    );
  });

  test('the traffic through all of IPVS has both kinds of names', () => {
    const options: ChunkOptions = { naming: 'both', statistics: counters(BIG) };
    for (const name of ['ipvs', 'node_ipvs'])
      assert.deepEqual(samples(`${name}_incoming_bytes_total`, options), { '': String(BIG + 3n) });
  });

  test('both formats keep to their rules, with every kind of names and labels', () => {
    for (const format of ['prometheus', 'openmetrics'] as const)
      for (const naming of ['ipvs', 'node', 'both'] as const)
        for (const labels of [undefined, [], ['mark', 'port']] as const) {
          const families = [
            { name: 'own', type: 'gauge', help: 'Own.', samples: [{ labels: { a: 'b' }, value: 0.5 }] },
          ] as const;
          const options: ChunkOptions = { format, naming, labels, statistics: counters(1n), families };
          const read = readMetrics(chunks(options).join(''), format);
          assert.deepEqual([...read.get('own')!.samples], [['a="b"', '0.5']]);
          assert.equal(read.has('node_ipvs_backend_weight'), naming !== 'ipvs');
          assert.equal(read.has('ipvs_destination_weight'), naming !== 'node');
        }
    assert.equal(
      readMetrics(chunks({ format: 'openmetrics' }).join(''), 'openmetrics').get(
        'ipvs_service_incoming_bytes',
      )?.unit,
      'bytes',
    );
  });

  test('the text comes in chunks', () => {
    const addMore = (ipvs: IpvsSync): void => {
      for (let port = 1000; port < 3000; port++) ipvs.addService({ ...WEB, port, scheduler: 'rr' });
    };
    const lengths = chunks({ addMore }).map(({ length }) => length);
    assert.ok(Math.max(...lengths) < 70_000 && lengths.length < 60, lengths.join(' '));
  });

  test('bad options name the field', () => {
    for (const [field, value] of [
      ['format', 'text'],
      ['naming', 'mine'],
      ['labels', ['adress']],
      ['labels', 'address'],
      ['serviceNames', {}],
      ['statistics', 1],
      ['familys', []],
    ] as const)
      assert.throws(() => chunks({ [field]: value }), { code: 'ERR_INVALID_FIELD', field });
  });
});
