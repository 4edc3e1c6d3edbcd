import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import {
  type DestinationDefinition,
  FieldError,
  Ipvs,
  IpvsSync,
  type ServiceKey,
  SystemCallError,
  type WatchEvent,
  type WatchOptions,
} from '../../../../lib/index.ts';
import { FakeKernel, type FakeKernelOptions } from '../../../../lib/testing/index.ts';
import { eventText } from './event-text.ts';

const key = (port: number): ServiceKey => ({ protocol: 'tcp', address: '192.0.2.1', port });
const server = (port: number): DestinationDefinition => ({
  address: '198.51.100.1',
  port,
  forwarding: 'masq',
});

interface Watched {
  readonly kernel: FakeKernel;
  readonly writer: IpvsSync;
  readonly client: IpvsSync;
  /** What has changed since the last call. */
  readonly changes: () => string[];
}

function watched(options: FakeKernelOptions, watchOptions: WatchOptions = {}): Watched {
  const kernel = new FakeKernel(options);
  const writer = IpvsSync.open({ transport: kernel.connect() });
  for (const port of [80, 81]) {
    writer.addService({ ...key(port), scheduler: 'wlc' });
    writer.addDestination(key(port), server(8080));
  }
  const client = IpvsSync.open({ transport: kernel.connect() });
  const events = client.watch({ period: 0, deadline: 20_000, ...watchOptions });
  const first = events.next().value as WatchEvent;
  assert.equal(first.event, 'snapshot');
  const changes = (): string[] => {
    // This service, which nothing else changes, shows that all events before it have arrived.
    writer.addService({ protocol: 'udp', address: '203.0.113.9', port: 9, scheduler: 'rr' });
    const texts: string[] = [];
    for (let seen = 0; seen < 1; ) {
      const text = eventText(events.next().value as WatchEvent);
      if (text.includes('203.0.113.9')) seen++;
      else texts.push(text);
    }
    writer.deleteService({ protocol: 'udp', address: '203.0.113.9', port: 9 });
    for (let seen = 0; seen < 1; ) {
      const text = eventText(events.next().value as WatchEvent);
      if (text.includes('203.0.113.9')) seen++;
      else texts.push(text);
    }
    return texts;
  };
  return { kernel, writer, client, changes };
}

const kernels: readonly (readonly [string, FakeKernelOptions])[] = [
  ['that counts generations', { singleDump: 'nested' }],
  ['without generations', {}],
];

for (const [name, options] of kernels) {
  describe(`watching a kernel ${name}`, () => {
    it('reports what is added, changed and removed, with previous and current values', () => {
      const { writer, changes } = watched(options);
      writer.addService({ ...key(82), scheduler: 'rr' });
      writer.addDestination(key(82), server(1));
      writer.patchService(key(80), { scheduler: 'sh', persistence: { timeout: 300 } });
      writer.setWeight(key(80), server(8080), 7);
      writer.addDestination(key(81), server(2));
      writer.deleteDestination(key(81), server(8080));
      assert.deepEqual(
        changes().sort(),
        [
          '+ tcp 192.0.2.1:82 rr',
          '+ tcp 192.0.2.1:82 > 198.51.100.1:1 1',
          '+ tcp 192.0.2.1:81 > 198.51.100.1:2 1',
          '- tcp 192.0.2.1:81 > 198.51.100.1:8080 1',
          '~ tcp 192.0.2.1:80 > 198.51.100.1:8080 weight=1/7',
          '~ tcp 192.0.2.1:80 persistence.netmask=/255.255.255.255 persistence.timeout=/300 scheduler=wlc/sh',
        ].sort(),
      );
      writer.deleteService(key(81));
      writer.flush();
      assert.deepEqual(changes().sort(), [
        '- tcp 192.0.2.1:80 > 198.51.100.1:8080 7',
        '- tcp 192.0.2.1:80 sh',
        '- tcp 192.0.2.1:81 > 198.51.100.1:2 1',
        '- tcp 192.0.2.1:81 wlc',
        '- tcp 192.0.2.1:82 > 198.51.100.1:1 1',
        '- tcp 192.0.2.1:82 rr',
      ]);
    });

    it('reports net differences only: nothing for what was added and removed, or changed and changed back', () => {
      const { writer, kernel, changes } = watched(options);
      writer.addService({ ...key(82), scheduler: 'rr' });
      writer.deleteService(key(82));
      writer.setWeight(key(80), server(8080), 7);
      writer.setWeight(key(80), server(8080), 1);
      writer.deleteService(key(81));
      writer.addService({ ...key(81), scheduler: 'wlc' });
      writer.addDestination(key(81), server(8080));
      kernel.state.setConnections(
        { family: 2, protocol: 6, address: Uint8Array.of(192, 0, 2, 1, ...new Uint8Array(12)), port: 80 },
        { family: 2, address: Uint8Array.of(198, 51, 100, 1, ...new Uint8Array(12)), port: 8080 },
        { active: 5 },
      );
      assert.deepEqual(changes(), []);
    });

    it('goes on when the module is unloaded and loaded again', () => {
      const { kernel, client } = watched(options);
      const events = client.watch({ period: 0, deadline: 20_000 });
      assert.equal((events.next().value as WatchEvent).event, 'snapshot');
      const next = (count: number): string[] =>
        Array.from({ length: count }, () => eventText(events.next().value as WatchEvent)).sort();
      kernel.unloadModule();
      assert.deepEqual(next(5), [
        '- tcp 192.0.2.1:80 > 198.51.100.1:8080 1',
        '- tcp 192.0.2.1:80 wlc',
        '- tcp 192.0.2.1:81 > 198.51.100.1:8080 1',
        '- tcp 192.0.2.1:81 wlc',
        'module-unloaded',
      ]);
      kernel.loadModule();
      assert.deepEqual(next(1), ['module-loaded']);
      const writer = IpvsSync.open({ transport: kernel.connect() });
      writer.addService({ ...key(80), scheduler: 'rr' });
      assert.deepEqual(next(1), ['+ tcp 192.0.2.1:80 rr']);
    });

    it('notices a reload of the module between two reads, even with the same generation', () => {
      const { kernel, client } = watched(options);
      const events = client.watch({ period: 0, deadline: 20_000 });
      const before = kernel.state.generation;
      events.next();
      kernel.unloadModule();
      kernel.loadModule();
      const writer = IpvsSync.open({ transport: kernel.connect() });
      writer.addService({ ...key(81), scheduler: 'wlc' });
      while (kernel.state.generation !== before) writer.patchService(key(81), { scheduler: 'wlc' });
      const next = (count: number): string[] =>
        Array.from({ length: count }, () => eventText(events.next().value as WatchEvent)).sort();
      assert.deepEqual(next(3), [
        '- tcp 192.0.2.1:80 > 198.51.100.1:8080 1',
        '- tcp 192.0.2.1:80 wlc',
        '- tcp 192.0.2.1:81 > 198.51.100.1:8080 1',
      ]);
    });

    it('reports once that the table is unreadable, and later what has changed meanwhile', async () => {
      const { kernel, writer } = watched(options);
      const transport = kernel.connect();
      const receive = transport.receive.bind(transport);
      let overflows = 0;
      transport.receive = (into) => {
        if (overflows-- <= 0) return receive(into);
        while (receive(into) > 0);
        throw new SystemCallError('read', constants.errno.ENOBUFS);
      };
      const client = IpvsSync.open({ transport });
      const events = client.watch({ period: 0, deadline: 20_000 });
      events.next();
      overflows = 1;
      const { value } = events.next();
      assert.equal((value as WatchEvent).event, 'unreadable');
      assert.ok((value as WatchEvent & { event: 'unreadable' }).error instanceof Error);
      writer.deleteService(key(81));
      writer.setWeight(key(80), server(8080), 3);
      assert.deepEqual(
        Array.from({ length: 4 }, () => eventText(events.next().value as WatchEvent)),
        [
          'readable',
          '- tcp 192.0.2.1:81 > 198.51.100.1:8080 1',
          '- tcp 192.0.2.1:81 wlc',
          '~ tcp 192.0.2.1:80 > 198.51.100.1:8080 weight=1/3',
        ],
      );
    });
  });
}

describe('watching', () => {
  it('requests no dump as long as the generation is the same', () => {
    const { kernel, client, changes } = watched({ singleDump: 'nested' });
    changes();
    const events = client.watch({ period: 1, deadline: 50 });
    events.next();
    const { datagrams } = client.stats;
    let dumped = 0;
    kernel.onDumpPart = () => dumped++;
    assert.throws(() => events.next(), /50 ms/);
    assert.ok(client.stats.datagrams > datagrams);
    assert.equal(dumped, 0);
  });

  it('reports nothing if the only destination of a service was away just while it was dumped', () => {
    const { kernel, writer, changes } = watched({ singleDump: 'nested-without-dump-intr' });
    writer.deleteDestination(key(80), server(8080));
    let dumps = 0;
    kernel.onDumpPart = (datagram) => {
      // The second dump asks for the destinations that the first one lacked.
      if (datagram === 1 && ++dumps === 2) writer.addDestination(key(80), server(8080));
    };
    assert.deepEqual(changes(), []);
    assert.ok(dumps > 2);
  });

  it('is ended by its signal, by leaving its loop and by closing the client', async () => {
    const kernel = new FakeKernel();
    const client = await Ipvs.open({ transport: kernel.connect() });
    const reason = new Error('enough');
    const abort = new AbortController();
    const received: string[] = [];
    const watching = (async () => {
      for await (const { event } of client.watch({ period: 60_000, signal: abort.signal })) {
        received.push(event);
        setImmediate(() => abort.abort(reason));
      }
    })();
    await assert.rejects(watching, reason);
    for await (const { event } of client.watch()) {
      received.push(event);
      break;
    }
    const closed = (async () => {
      for await (const { event } of client.watch({ period: 60_000 })) {
        received.push(event);
        setImmediate(() => void client.close());
      }
    })();
    await assert.rejects(closed, { code: 'ERR_CLOSED' });
    assert.deepEqual(received, ['snapshot', 'snapshot', 'snapshot']);
  });

  it('fails at once without the module, and for invalid options', () => {
    const client = IpvsSync.open({ transport: new FakeKernel({ loaded: false }).connect() });
    assert.throws(() => client.watch().next(), { code: 'ERR_FAMILY_NOT_FOUND' });
    assert.throws(() => client.watch({ period: -1 }).next(), FieldError);
    assert.throws(() => client.watch({ confirm: true } as never).next(), FieldError);
  });

  it('can be limited to one service', () => {
    const { writer, client } = watched({});
    const events = client.watch({ period: 0, deadline: 20_000, service: key(80) });
    const { value } = events.next();
    assert.equal((value as WatchEvent & { event: 'snapshot' }).services.length, 1);
    writer.deleteService(key(81));
    writer.deleteService(key(80));
    assert.equal(eventText(events.next().value as WatchEvent), '- tcp 192.0.2.1:80 > 198.51.100.1:8080 1');
  });
});
