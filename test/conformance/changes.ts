import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  type Destination,
  type DestinationChanges,
  type DestinationDefinition,
  isNotFound,
  type ServiceChanges,
  type ServiceDefinition,
} from '../../lib/index.ts';
import {
  addServiceWithDestinations,
  expectedDestination,
  expectedService,
  refusal,
  type SubjectWithClient,
  serviceUpdate,
  withoutCounters,
  withoutState,
} from './subject.ts';

const service: ServiceDefinition = {
  protocol: 'udp',
  address: '192.0.2.1',
  port: 53,
  scheduler: 'wlc',
  persistence: { timeout: 300, netmask: '255.255.255.0' },
  persistenceEngine: 'sip',
  onePacket: true,
  schedulerFlags: ['flag-1'],
  otherFlags: 64,
};
const server: DestinationDefinition = {
  address: '198.51.100.1',
  port: 53,
  forwarding: 'direct-route',
  weight: 10,
  upperThreshold: 100,
  lowerThreshold: 10,
};
const tunnelled: DestinationDefinition = {
  address: '198.51.100.2',
  port: 53,
  forwarding: 'tunnel',
  weight: 3,
  tunnel: { type: 'gue', port: 6080, checksum: 'csum' },
};
const absent = { address: '198.51.100.9', port: 53 };

/** Changes of the service, and the properties in which it then differs from its definition when it is read. */
const servicePatches: readonly (readonly [changes: ServiceChanges, readAs: object])[] = [
  [{}, {}],
  [{ scheduler: 'rr', onePacket: undefined }, { scheduler: 'rr' }],
  [{ persistence: { timeout: 60 } }, { persistence: { timeout: 60, netmask: '255.255.255.0' } }],
  [{ persistence: { netmask: null } }, { persistence: { timeout: 300, netmask: '255.255.255.255' } }],
  [{ persistenceEngine: null }, { persistenceEngine: undefined }],
  [
    { persistence: null, persistenceEngine: null, otherFlags: 0 },
    { persistence: undefined, persistenceEngine: undefined, otherFlags: 0 },
  ],
  [
    { onePacket: false, schedulerFlags: [] },
    { onePacket: false, schedulerFlags: [] },
  ],
];

/** Changes of a destination with this definition, and the properties in which it then differs from it. */
const serverPatches: readonly (readonly [DestinationDefinition, DestinationChanges, object])[] = [
  [server, { weight: 0 }, { weight: 0 }],
  [server, { lowerThreshold: 99 }, { lowerThreshold: 99 }],
  [server, { upperThreshold: undefined, forwarding: 'masq' }, { forwarding: 'masq' }],
  [tunnelled, { weight: 0 }, { weight: 0 }],
  [tunnelled, { tunnel: { port: 6081 } }, { tunnel: { type: 'gue', port: 6081, checksum: 'csum' } }],
  [tunnelled, { tunnel: null }, { tunnel: { type: 'ipip', port: 0, checksum: 'nocsum' } }],
  [
    { ...server, forwarding: 'tunnel' },
    { tunnel: { type: 'gre' } },
    { tunnel: { type: 'gre', port: 0, checksum: 'nocsum' } },
  ],
];

async function find(
  subject: SubjectWithClient,
  { address }: { readonly address: string },
): Promise<Destination> {
  const found = (await subject.client.destinations(service)).find((one) => one.address === address);
  assert.ok(found !== undefined);
  return found;
}

/** Tests of changing single settings, of weights and of draining. */
export function changeTests(subject: SubjectWithClient): void {
  for (const [changes, readAs] of servicePatches) {
    it(`changes only the named settings of a service: ${JSON.stringify(changes)}`, async () => {
      await addServiceWithDestinations(subject.client, service, [server]);
      await subject.client.patchService(service, changes);
      assert.deepEqual(
        withoutCounters(await subject.client.service(service)),
        expectedService(service, readAs),
      );
      assert.equal((await subject.client.destinations(service)).length, 1);
    });
  }

  it('makes a service persistent, by default for each client address on its own', async () => {
    for (const [address, granularity] of [
      ['192.0.2.1', { netmask: '255.255.255.255' }],
      ['2001:db8::1', { prefixLength: 128 }],
    ] as const) {
      const notPersistent: ServiceDefinition = { protocol: 'tcp', address, port: 80, scheduler: 'rr' };
      await addServiceWithDestinations(subject.client, notPersistent);
      await subject.client.patchService(notPersistent, { persistence: { timeout: 60 } });
      const { persistence } = await subject.client.service(notPersistent);
      assert.deepEqual(persistence, { timeout: 60, ...granularity });
    }
  });

  it('leaves flags without a name as they are if an update omits them', async () => {
    await addServiceWithDestinations(subject.client, service);
    const { otherFlags: _omitted, ...update } = serviceUpdate({ ...service, onePacket: false });
    await subject.client.updateService(update);
    const { otherFlags, onePacket, schedulerFlags } = await subject.client.service(service);
    assert.deepEqual([otherFlags, onePacket, schedulerFlags], [64, false, ['flag-1']]);
  });

  it('accepts as an update an object that it has read', async () => {
    await addServiceWithDestinations(subject.client, service, [server, tunnelled]);
    const read = await subject.client.service(service);
    await subject.client.updateService({ ...read, scheduler: 'rr' });
    const again = await subject.client.service(service);
    assert.deepEqual(withoutCounters(again), expectedService(service, { scheduler: 'rr' }));
    for (const destination of await subject.client.destinations(service))
      await subject.client.updateDestination(read, { ...destination, weight: 77 });
    assert.deepEqual(withoutState(await find(subject, server)), expectedDestination(server, { weight: 77 }));
    assert.deepEqual(
      withoutState(await find(subject, tunnelled)),
      expectedDestination(tunnelled, { weight: 77 }),
    );
  });

  for (const [definition, changes, readAs] of serverPatches) {
    it(`changes only the named settings of a destination: ${definition.forwarding}, ${JSON.stringify(changes)}`, async () => {
      await addServiceWithDestinations(subject.client, service, [definition]);
      await subject.client.patchDestination(service, definition, changes);
      const found = await find(subject, definition);
      assert.deepEqual(withoutState(found), expectedDestination(definition, readAs));
    });
  }

  it('sets a weight and nothing else, however the address is spelt', async () => {
    const ipv6Server: DestinationDefinition = { ...tunnelled, address: '2001:db8::5' };
    await addServiceWithDestinations(subject.client, service, [server, ipv6Server]);
    await subject.client.setWeight(service, server, 0);
    await subject.client.setWeight(service, { address: '2001:DB8:0::5', port: 53 }, 2147483647);
    assert.deepEqual(withoutState(await find(subject, server)), expectedDestination(server, { weight: 0 }));
    assert.deepEqual(
      withoutState(await find(subject, ipv6Server)),
      expectedDestination(ipv6Server, { weight: 2147483647 }),
    );
  });

  it('reports a missing service or destination with the same errors as other requests', async () => {
    const { client } = subject;
    const other = { protocol: 'udp', address: '192.0.2.1', port: 54 } as const;
    await addServiceWithDestinations(client, service, [server]);
    for (const [errno, attempt] of [
      ['ENOENT', () => client.setWeight(service, absent, 1)],
      ['ENOENT', () => client.patchDestination(service, absent, { weight: 1 })],
      ['ENOENT', () => client.drain(service, absent)],
      ['ESRCH', () => client.setWeight(other, server, 1)],
      ['ESRCH', () => client.patchDestination(other, server, {})],
      ['ESRCH', () => client.patchService(other, { scheduler: 'rr' })],
      ['ESRCH', () => client.drain(other, server)],
    ] as const) {
      const error = await refusal(attempt);
      assert.equal(error.errnoName, errno);
      assert.ok(isNotFound(error));
      assert.match(
        error.message,
        errno === 'ENOENT' ? /^no destination 198\.51\.100\.9:53 of / : /^no service /,
      );
    }
    assert.deepEqual(withoutState(await find(subject, server)), expectedDestination(server));
  });

  it('drains a destination without connections at once: only its weight changes, to 0', async () => {
    const { persistence: _p, persistenceEngine: _e, ...notPersistent } = service;
    await addServiceWithDestinations(subject.client, notPersistent as ServiceDefinition, [server, tunnelled]);
    const reported: number[] = [];
    const result = await subject.client.drain(service, server, {
      inactive: true,
      onProgress: ({ activeConnections }) => reported.push(activeConnections),
    });
    const { elapsed, ...rest } = result;
    assert.ok(elapsed >= 0);
    assert.deepEqual(rest, {
      outcome: 'drained',
      removed: false,
      weight: 10,
      activeConnections: 0,
      inactiveConnections: 0,
      persistentConnections: 0,
      warnings: [],
    });
    assert.deepEqual(reported, [0]);
    assert.deepEqual(withoutState(await find(subject, server)), expectedDestination(server, { weight: 0 }));
    const removed = await subject.client.drain(service, server, { remove: true });
    assert.deepEqual([removed.outcome, removed.removed, removed.weight], ['drained', true, 0]);
    assert.deepEqual(
      (await subject.client.destinations(service)).map(({ address }) => address),
      [tunnelled.address],
    );
  });

  it('warns that clients of a persistent service may still be sent to a destination that is drained', async () => {
    await addServiceWithDestinations(subject.client, service, [server]);
    const { outcome, warnings } = await subject.client.drain(service, server);
    assert.equal(outcome, 'drained');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!.code, /^templates-(ignore-weight|unknown)$/);
    assert.match(warnings[0]!.message, /net\.ipv4\.vs\.expire_quiescent_template/);
  });
}
