import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type DestinationDefinition, destinationKeyText, type ServiceDefinition } from '../../lib/index.ts';
import { destinationUpdate, expectedDestination, type SubjectWithClient, withoutState } from './subject.ts';

/** A destination as it is written, and the properties in which it differs when it is read. */
export interface DestinationCase {
  readonly definition: DestinationDefinition;
  readonly readAs?: object;
}

const service: ServiceDefinition = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wlc' };
const service6: ServiceDefinition = { protocol: 'udp', address: '2001:db8::1', port: 53, scheduler: 'wlc' };
const marked: ServiceDefinition = { mark: 4294967295, scheduler: 'rr' };
const marked6: ServiceDefinition = { mark: 4294967295, family: 'ipv6', scheduler: 'rr' };

function server(last: number, rest: object = {}): DestinationDefinition {
  return { address: `198.51.100.${last}`, port: 8080, forwarding: 'masq', ...rest };
}

function server6(last: number, rest: object = {}): DestinationDefinition {
  return { address: `2001:db8:5::${last}`, port: 8080, forwarding: 'masq', ...rest };
}

/** Destinations of every kind for an IPv4 service; the last two have IPv6 addresses. */
export const destinationCases: readonly DestinationCase[] = [
  { definition: server(1) },
  { definition: server(1, { port: 0, forwarding: 'direct-route' }) },
  { definition: server(1, { port: 65535, forwarding: 'masq', weight: 0 }) },
  { definition: server(2, { weight: 65536 }) },
  { definition: server(3, { weight: 2147483647 }) },
  { definition: { address: '127.0.0.1', port: 80, forwarding: 'local' } },
  { definition: server(4, { forwarding: 'direct-route', upperThreshold: 1000, lowerThreshold: 10 }) },
  { definition: server(5, { upperThreshold: 2147483647, lowerThreshold: 2147483647 }) },
  { definition: server(6, { forwarding: 'tunnel' }) },
  { definition: server(7, { forwarding: 'tunnel', tunnel: { type: 'ipip' } }) },
  { definition: server(8, { forwarding: 'tunnel', tunnel: { type: 'gue', port: 6080 } }) },
  { definition: server(9, { forwarding: 'tunnel', tunnel: { type: 'gue', port: 65535, checksum: 'csum' } }) },
  { definition: server(10, { forwarding: 'tunnel', tunnel: { type: 'gue', port: 1, checksum: 'remcsum' } }) },
  { definition: server(11, { forwarding: 'tunnel', tunnel: { type: 'gre' } }) },
  { definition: server(12, { forwarding: 'tunnel', tunnel: { type: 'gre', checksum: 'csum' } }) },
  { definition: server(13, { tunnel: { type: 'gue', port: 6080 } }) },
  { definition: server6(1, { forwarding: 'tunnel' }) },
  { definition: server6(2, { forwarding: 'tunnel', tunnel: { type: 'gue', port: 6080, checksum: 'csum' } }) },
];

/** Destinations of every kind for an IPv6 service; the last has an IPv4 address. */
const destinationCases6: readonly DestinationCase[] = [
  { definition: server6(1) },
  { definition: server6(2, { forwarding: 'direct-route', weight: 100 }) },
  { definition: { address: '::1', port: 53, forwarding: 'local' } },
  { definition: server6(3, { forwarding: 'tunnel', tunnel: { type: 'gre' } }) },
  {
    definition: { address: '2001:DB8:5:0:0:0:0:4', port: 53, forwarding: 'masq' },
    readAs: { address: '2001:db8:5::4' },
  },
  { definition: server(1, { forwarding: 'tunnel' }) },
];

const updates: readonly DestinationDefinition[] = [
  server(2, { weight: 0 }),
  server(2, { forwarding: 'direct-route', weight: 7 }),
  server(2, { forwarding: 'tunnel', tunnel: { type: 'gue', port: 6080, checksum: 'remcsum' } }),
  server(2, { forwarding: 'tunnel' }),
  server(2, { upperThreshold: 20, lowerThreshold: 10 }),
  server(2),
];

/** Tests of writing, reading, changing and removing destinations. */
export function destinationTests(subject: SubjectWithClient): void {
  for (const [owner, cases] of [
    [service, destinationCases],
    [service6, destinationCases6],
    [marked, destinationCases],
    [marked6, destinationCases6],
  ] as const) {
    const title =
      owner.mark === undefined ? `at ${owner.address}` : `with a mark (${owner.family ?? 'ipv4'})`;
    it(`reads destinations of every kind of a service ${title} as they were written, the newest first`, async () => {
      await subject.client.addService(owner);
      for (const { definition } of cases) await subject.client.addDestination(owner, definition);
      const read = await subject.client.destinations(owner);
      const expected = cases.map(({ definition, readAs }) => expectedDestination(definition, readAs));
      assert.deepEqual(read.map(withoutState), expected.reverse());
      for (const destination of read) {
        assert.equal(destination.activeConnections, 0);
        assert.equal(destination.inactiveConnections, 0);
        assert.equal(destination.persistentConnections, 0);
      }
    });
  }

  it('writes destinations that it has read, and reads the same again', async () => {
    await subject.client.addService(service);
    for (const { definition } of destinationCases) await subject.client.addDestination(service, definition);
    const read = await subject.client.destinations(service);
    await subject.client.addService(marked);
    for (const destination of read.toReversed()) await subject.client.addDestination(marked, destination);
    const again = await subject.client.destinations(marked);
    assert.deepEqual(again.map(withoutState), read.map(withoutState));
  });

  it('changes every setting of a destination, which keeps its place in the list', async () => {
    await subject.client.addService(service);
    for (const last of [1, 2, 3]) await subject.client.addDestination(service, server(last));
    for (const definition of updates) {
      await subject.client.updateDestination(service, destinationUpdate(definition));
      const read = await subject.client.destinations(service);
      assert.deepEqual(
        read.map(withoutState),
        [server(3), definition, server(1)].map((one) => expectedDestination(one)),
      );
    }
  });

  it('removes the right destination; when added again it is the newest', async () => {
    await subject.client.addService(service);
    const definitions = [1, 2, 3, 4].map((port) => server(1, { port }));
    for (const definition of definitions) await subject.client.addDestination(service, definition);
    await subject.client.deleteDestination(service, definitions[1]!);
    assert.deepEqual(
      await keys(subject),
      [definitions[3]!, definitions[2]!, definitions[0]!].map(destinationKeyText),
    );
    await subject.client.addDestination(service, definitions[1]!);
    assert.deepEqual(
      await keys(subject),
      [definitions[1]!, definitions[3]!, definitions[2]!, definitions[0]!].map(destinationKeyText),
    );
  });

  it('keeps the destinations of different services apart', async () => {
    await subject.client.addService(service);
    await subject.client.addService(marked);
    await subject.client.addDestination(service, server(1));
    await subject.client.addDestination(marked, server(2));
    assert.deepEqual(await keys(subject), [destinationKeyText(server(1))]);
    await subject.client.deleteService(service);
    assert.equal((await subject.client.destinations(marked)).length, 1);
  });
}

async function keys(subject: SubjectWithClient): Promise<string[]> {
  return (await subject.client.destinations(service)).map(destinationKeyText);
}
