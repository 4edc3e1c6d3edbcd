import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type ServiceDefinition, serviceKeyText } from '../../lib/index.ts';
import { SCHEDULERS } from '../../protocol/ipvs/fields/names.ts';
import { expectedService, type SubjectWithClient, serviceUpdate, withoutCounters } from './subject.ts';

/** A service as it is written, and the properties in which it differs when it is read. */
export interface ServiceCase {
  readonly definition: ServiceDefinition;
  readonly readAs?: object;
}

function tcp(port: number, rest: object = {}): ServiceDefinition {
  return { protocol: 'tcp', address: '192.0.2.1', port, scheduler: 'rr', ...rest };
}

function tcp6(port: number, rest: object = {}): ServiceDefinition {
  return { protocol: 'tcp', address: '2001:db8::1', port, scheduler: 'rr', ...rest };
}

// Debian's 6.1 kernel is built without ip_vs_twos.
const schedulers = SCHEDULERS.filter((name) => name !== 'twos');

/** Services of every kind, each with its own key. */
export const serviceCases: readonly ServiceCase[] = [
  ...[...schedulers, 'none'].map((scheduler, index) => ({ definition: tcp(1000 + index, { scheduler }) })),
  { definition: tcp(1) },
  { definition: tcp(65535) },
  { definition: tcp(0, { persistence: { timeout: 300 } }), readAs: persistent(300, '255.255.255.255') },
  { definition: { protocol: 'udp', address: '255.255.255.254', port: 53, scheduler: 'rr' } },
  { definition: { protocol: 'sctp', address: '10.0.0.1', port: 9, scheduler: 'wlc' } },
  { definition: { protocol: 50, address: '10.0.0.1', port: 0, scheduler: 'wlc' } },
  { definition: tcp6(80) },
  { definition: { protocol: 'udp', address: '::1', port: 53, scheduler: 'rr' } },
  { definition: { protocol: 'sctp', address: '2001:db8:1:2:3:4:5:6', port: 65535, scheduler: 'rr' } },
  { definition: { protocol: 'tcp', address: '::ffff:192.0.2.9', port: 80, scheduler: 'rr' } },
  {
    definition: { protocol: 'tcp', address: '2001:DB8:0:0:1:0:0:1', port: 80, scheduler: 'rr' },
    readAs: { address: '2001:db8::1:0:0:1' },
  },
  ...[1, 7, 2147483647, 2147483648, 4294967295].flatMap((mark) => [
    { definition: { mark, scheduler: 'wrr' } },
    { definition: { mark, family: 'ipv6', scheduler: 'wrr' } as const },
  ]),
  {
    definition: { mark: 8, scheduler: 'rr', persistence: { timeout: 60, netmask: '255.255.0.0' } },
  },
  {
    definition: {
      mark: 8,
      family: 'ipv6',
      scheduler: 'rr',
      persistence: { timeout: 60, prefixLength: 1 },
    },
  },
  { definition: tcp(2000, { persistence: { timeout: 1, netmask: '255.255.255.0' } }) },
  {
    definition: tcp(2001, { persistence: { timeout: 4294967 } }),
    readAs: persistent(4294967, '255.255.255.255'),
  },
  { definition: tcp6(2002, { persistence: { timeout: 360, prefixLength: 64 } }) },
  {
    definition: tcp6(2003, { persistence: { timeout: 360 } }),
    readAs: { persistence: { timeout: 360, prefixLength: 128 } },
  },
  { definition: { protocol: 'udp', address: '192.0.2.1', port: 3000, scheduler: 'rr', onePacket: true } },
  {
    definition: {
      protocol: 'udp',
      address: '192.0.2.1',
      port: 5060,
      scheduler: 'rr',
      persistence: { timeout: 60, netmask: '255.255.255.255' },
      persistenceEngine: 'sip',
      onePacket: true,
    },
  },
  { definition: tcp(4000, { schedulerFlags: ['flag-1', 'flag-2', 'flag-3'] }) },
  { definition: tcp(4001, { schedulerFlags: ['flag-3'] }) },
  { definition: tcp(4002, { scheduler: 'sh', schedulerFlags: ['sh-fallback', 'sh-port'] }) },
  { definition: tcp(4003, { scheduler: 'mh', schedulerFlags: ['mh-fallback', 'mh-port'] }) },
  {
    definition: tcp(4004, { scheduler: 'mh', schedulerFlags: ['flag-2'] }),
    readAs: { schedulerFlags: ['mh-port'] },
  },
  { definition: tcp(4005, { otherFlags: 0x80000040 }) },
];

function persistent(timeout: number, netmask: string): object {
  return { persistence: { timeout, netmask } };
}

/** The updates of one service, one after the other. */
const updates: readonly ServiceCase[] = [
  { definition: tcp(80, { scheduler: 'wlc' }) },
  { definition: tcp(80, { persistence: { timeout: 60, netmask: '255.255.255.0' } }) },
  { definition: tcp(80, { persistence: { timeout: 61 } }), readAs: persistent(61, '255.255.255.255') },
  { definition: tcp(80, { scheduler: 'sh', schedulerFlags: ['sh-fallback', 'sh-port'] }) },
  { definition: tcp(80, { scheduler: 'sh', schedulerFlags: ['sh-port'] }) },
  { definition: tcp(80, { onePacket: true, otherFlags: 0x40 }) },
  {
    definition: tcp(80, { persistence: { timeout: 5, netmask: '255.0.0.0' }, persistenceEngine: 'sip' }),
  },
  { definition: tcp(80) },
];

/** Tests of writing, reading, changing and removing services. */
export function serviceTests(subject: SubjectWithClient): void {
  it('reads a service of every kind as it was written', async () => {
    for (const { definition } of serviceCases) await subject.client.addService(definition);
    for (const { definition, readAs } of serviceCases) {
      const service = await subject.client.service(definition);
      assert.deepEqual(withoutCounters(service), expectedService(definition, readAs));
    }
    const listed = new Map(
      (await subject.client.services()).map((service) => [serviceKeyText(service), service]),
    );
    assert.equal(listed.size, serviceCases.length);
    for (const { definition, readAs } of serviceCases) {
      const expected = expectedService(definition, readAs);
      const service = listed.get(serviceKeyText(expected as ServiceDefinition));
      assert.ok(service, `${serviceKeyText(definition)} is listed`);
      assert.deepEqual(withoutCounters(service), expected);
    }
  });

  it('writes what it has read and reads the same again', async () => {
    for (const { definition } of serviceCases) await subject.client.addService(definition);
    const read = await subject.client.services();
    await subject.client.flush();
    for (const service of read) await subject.client.addService(service);
    const again = await subject.client.services();
    assert.deepEqual(byKey(again.map(withoutCounters)), byKey(read.map(withoutCounters)));
  });

  it('changes every setting of a service, and nothing else', async () => {
    const key = tcp(80);
    await subject.client.addService(key);
    await subject.client.addDestination(key, { address: '198.51.100.1', port: 80, forwarding: 'masq' });
    for (const { definition, readAs } of updates) {
      await subject.client.updateService(serviceUpdate(definition));
      assert.deepEqual(
        withoutCounters(await subject.client.service(key)),
        expectedService(definition, readAs),
      );
    }
    assert.equal((await subject.client.destinations(key)).length, 1);
    assert.equal((await subject.client.services()).length, 1);
  });

  it('removes the right service, with its destinations', async () => {
    const same = { address: '192.0.2.1', port: 80, scheduler: 'rr' } as const;
    const definitions: readonly ServiceDefinition[] = [
      { protocol: 'tcp', ...same },
      { protocol: 'udp', ...same },
      { protocol: 'sctp', ...same },
      { mark: 80, scheduler: 'rr' },
      { mark: 80, family: 'ipv6', scheduler: 'rr' },
    ];
    for (const definition of definitions) await subject.client.addService(definition);
    await subject.client.addDestination(definitions[0]!, {
      address: '198.51.100.1',
      port: 80,
      forwarding: 'masq',
    });
    for (const [index, definition] of definitions.entries()) {
      await subject.client.deleteService(definition);
      const left = (await subject.client.services()).map(serviceKeyText).sort();
      assert.deepEqual(
        left,
        definitions
          .slice(index + 1)
          .map(serviceKeyText)
          .sort(),
      );
    }
    await subject.client.addService(definitions[0]!);
    assert.deepEqual(await subject.client.destinations(definitions[0]!), []);
  });

  it('empties the table', async () => {
    for (const { definition } of serviceCases.slice(0, 20)) await subject.client.addService(definition);
    assert.equal((await subject.client.services()).length, 20);
    await subject.client.flush();
    assert.deepEqual(await subject.client.services(), []);
    await subject.client.flush();
  });

  it('has zero counters on new services, and zeroes those of one service or of all', async () => {
    const key = tcp(80);
    await subject.client.addService(key);
    await subject.client.addDestination(key, { address: '198.51.100.1', port: 80, forwarding: 'masq' });
    await subject.client.zero(key);
    await subject.client.zero();
    const { counters } = await subject.client.service(key);
    assert.equal(counters.is64Bit, true);
    assert.deepEqual(new Set(Object.values(counters.values())), new Set([0n]));
    const [destination] = await subject.client.destinations(key);
    assert.equal(destination?.counters.is64Bit, true);
    assert.deepEqual(new Set(Object.values(destination.counters.values())), new Set([0n]));
  });
}

function byKey(services: readonly object[]): Map<string, object> {
  const entries = services.map((service) => [serviceKeyText(service as ServiceDefinition), service] as const);
  return new Map(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}
