import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  ByteView,
  type Daemon,
  type Destination,
  type DestinationDefinition,
  daemonValues,
  decodeDaemon,
  decodeDestination,
  decodeService,
  destinationValues,
  ipvsCodec,
  MessageWriter,
  type Service,
  type ServiceDefinition,
  serviceValues,
} from '../../../protocol/index.ts';
import { destinationDefinitions, record, serviceDefinitions } from '../arbitraries.ts';

/** Encodes a service and decodes it again. */
function readService(definition: ServiceDefinition): Service {
  const writer = new MessageWriter();
  ipvsCodec.encode('service', writer, serviceValues(definition));
  return decodeService(new ByteView(writer.copy()), 0, writer.length);
}

/** Encodes a destination and decodes it again. */
function readDestination(definition: DestinationDefinition): Destination {
  const writer = new MessageWriter();
  ipvsCodec.encode('destination', writer, destinationValues(definition));
  return decodeDestination(new ByteView(writer.copy()), 0, writer.length, 'ipv4');
}

const SCHEDULER_FLAGS = new Map([
  ['sh', ['sh-fallback', 'sh-port', 'flag-3']],
  ['mh', ['mh-fallback', 'mh-port', 'flag-3']],
]);
const PROTOCOLS = new Map<unknown, string>([
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
]);

test('any service is read back as it was written, and written again the same', () => {
  fc.assert(
    fc.property(serviceDefinitions, (definition) => {
      const { counters, ...read } = readService(definition);
      assert.equal(counters.connections, 0n);
      const { family, persistence, schedulerFlags, scheduler } = definition;
      const isIPv6 = family === 'ipv6' || definition.address?.includes(':');
      const written = ['flag-1', 'flag-2', 'flag-3'] as const;
      const names = SCHEDULER_FLAGS.get(scheduler) ?? written;
      assert.deepEqual(read, {
        ...definition,
        family: isIPv6 ? 'ipv6' : 'ipv4',
        protocol: PROTOCOLS.get(definition.protocol) ?? definition.protocol,
        address: definition.address === undefined ? undefined : canonical(definition.address),
        port: definition.port,
        mark: definition.mark,
        persistence:
          persistence === undefined || persistence === null
            ? undefined
            : isIPv6
              ? { timeout: persistence.timeout, prefixLength: persistence.prefixLength ?? 128 }
              : { timeout: persistence.timeout, netmask: persistence.netmask ?? '255.255.255.255' },
        schedulerFlags: written.flatMap((flag, bit) => (schedulerFlags?.includes(flag) ? [names[bit]] : [])),
      });
      const { counters: _counters, ...again } = readService(read as ServiceDefinition);
      assert.deepEqual(again, read);
    }),
    { numRuns: 300 },
  );
});

/** Returns the canonical text of an address, and checks with the URL parser that it is the same address. */
function canonical(address: string): string {
  const read = readDestination({ address, port: 0, forwarding: 'masq' });
  assert.equal(readDestination({ address: read.address, port: 0, forwarding: 'masq' }).address, read.address);
  if (address.includes(':')) {
    assert.equal(new URL(`http://[${read.address}]/`).host, new URL(`http://[${address}]/`).host);
  } else {
    assert.equal(read.address, address);
  }
  return read.address;
}

test('any destination is read back as it was written, and written again the same', () => {
  fc.assert(
    fc.property(destinationDefinitions, (definition) => {
      const { counters, ...read } = readDestination(definition);
      assert.equal(counters.is64Bit, false);
      const { tunnel, forwarding } = definition;
      assert.deepEqual(read, {
        ...definition,
        family: definition.address.includes(':') ? 'ipv6' : 'ipv4',
        address: canonical(definition.address),
        forwarding,
        tunnel,
        activeConnections: 0,
        inactiveConnections: 0,
        persistentConnections: 0,
      });
      const { counters: _counters, ...again } = readDestination(read);
      assert.deepEqual(again, read);
    }),
    { numRuns: 300 },
  );
});

test('defaults of a destination', () => {
  const { counters: _counters, ...read } = readDestination({
    address: '10.0.0.1',
    port: 80,
    forwarding: 'masq',
  });
  assert.deepEqual(read, {
    family: 'ipv4',
    address: '10.0.0.1',
    port: 80,
    forwarding: 'masq',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: undefined,
    activeConnections: 0,
    inactiveConnections: 0,
    persistentConnections: 0,
    unknown: undefined,
  });
});

test('unknown attributes are copies: they outlive the received bytes', () => {
  const writer = new MessageWriter();
  const unknown = [{ type: 0x8123, bytes: Uint8Array.of(1, 2, 3) }];
  const values = destinationValues({ address: '10.0.0.1', port: 80, forwarding: 'masq', unknown });
  ipvsCodec.encode('destination', writer, values);
  const received = Buffer.from(writer.copy());
  const read = decodeDestination(new ByteView(received), 0, received.length, 'ipv4');
  received.fill(0);
  assert.deepEqual(read.unknown, unknown);
});

test('scheduler names are right when the receive buffer is reused', () => {
  const received = Buffer.alloc(256);
  const view = new ByteView(received);
  const read = (scheduler: string): string => {
    const writer = new MessageWriter();
    ipvsCodec.encode('service', writer, serviceValues({ mark: 1, scheduler }));
    received.set(writer.bytes);
    return decodeService(view, 0, writer.length).scheduler;
  };
  for (const name of ['wlc', 'wrr', 'rr', 'sh', 'wlc']) assert.equal(read(name), name);
});

test('any daemon is read back as it was written', () => {
  const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(arbitrary, { nil: undefined });
  const daemons: fc.Arbitrary<Daemon> = record({
    role: fc.constantFrom('master', 'backup'),
    interface: fc.constantFrom('eth0', 'fifteen-bytes--'),
    syncId: fc.integer({ min: 0, max: 255 }),
    syncMaxLength: optional(fc.integer({ min: 0, max: 65535 })),
    multicastGroup: optional(fc.constantFrom('224.0.0.81', 'ff02::5')),
    multicastPort: optional(fc.integer({ min: 0, max: 65535 })),
    multicastTtl: optional(fc.integer({ min: 0, max: 255 })),
  });
  fc.assert(
    fc.property(daemons, (daemon) => {
      const writer = new MessageWriter();
      ipvsCodec.encode('daemon', writer, daemonValues(daemon));
      assert.deepEqual(decodeDaemon(new ByteView(writer.copy()), 0, writer.length), daemon);
    }),
  );
});
