import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  type DestinationDefinition,
  type Dump,
  destinationKeyText,
  type ServiceDefinition,
  type ServiceWithDestinations,
  serviceKeyText,
} from '../../lib/index.ts';
import {
  addDefinitions,
  addServiceWithDestinations,
  type Definitions,
  type SubjectWithClient,
  serviceWithoutRates,
} from './subject.ts';

function serviceAt(port: number): ServiceDefinition {
  return { protocol: 'tcp', address: '10.0.0.1', port, scheduler: 'rr' };
}

const service: ServiceDefinition = serviceAt(80);

/**
 * The size of a table: the numbers of services with an address and of services with a firewall mark, and the number of
 * destinations of each.
 */
export interface TableSize {
  readonly services?: readonly [count: number, each: number];
  readonly marks?: readonly [count: number, each: number];
}

/** The tables whose listings must not depend on how they are read. */
export const tableSizes: readonly TableSize[] = [
  { services: [100, 4] },
  { services: [10, 100] },
  { services: [100, 4], marks: [100, 4] },
  { services: [10, 100], marks: [100, 4] },
  { marks: [100, 4] },
  { marks: [10, 100] },
  { services: [100, 100] },
];

/** The large tables. */
export const largeTableSizes: readonly TableSize[] = [
  { services: [1000, 4] },
  { services: [16000, 1] },
  { services: [8000, 1], marks: [8000, 1] },
];

/** Returns a table of this size; destinations are numbered across all services, as in the published benchmark. */
export function tableOfSize({ services = [0, 0], marks = [0, 0] }: TableSize): Definitions {
  let number = 0;
  const destinations = (each: number): DestinationDefinition[] =>
    Array.from({ length: each }, () => {
      number++;
      const address = `10.0.${1 + Math.floor(number / 50_000)}.1`;
      return { address, port: 10_000 + (number % 50_000), forwarding: 'masq' };
    });
  return [
    ...Array.from({ length: services[0] }, (_, index): Definitions[number] => [
      { protocol: 'tcp', address: '10.0.0.1', port: 30_000 + index, scheduler: 'rr' },
      destinations(services[1]),
    ]),
    ...Array.from({ length: marks[0] }, (_, index): Definitions[number] => [
      { mark: 1 + index, scheduler: 'rr' },
      destinations(marks[1]),
    ]),
  ];
}

function sizeText({ services, marks }: TableSize): string {
  const parts = [];
  if (services !== undefined) parts.push(services.join(' x '));
  if (marks !== undefined) parts.push(`${marks.join(' x ')} with marks`);
  return parts.join(' and ');
}

/**
 * Reads the table with both strategies, and again if it changed meanwhile: kernels that count the changes of the table
 * count its resizing as well, during which per-service dumps can miss services.
 */
async function readByBothStrategies({
  client,
}: SubjectWithClient): Promise<Record<'perService' | 'single', Dump>> {
  for (;;) {
    const { generation } = await client.info();
    const perService = await client.dump({ strategy: 'per-service' });
    const single = await client.dump({ strategy: 'single' });
    if ((await client.info()).generation === generation) return { perService, single };
  }
}

/**
 * Reads the table with both strategies, which must give the same services and counters, with the destinations in the
 * same order. The order of the services may differ.
 */
export async function assertSameByBothStrategies(
  subject: SubjectWithClient,
): Promise<readonly ServiceWithDestinations[]> {
  const { perService, single } = await readByBothStrategies(subject);
  assert.equal(perService.strategy, 'per-service');
  assert.equal(single.strategy, 'single');
  assert.equal(single.services.length, perService.services.length);
  const others = new Map(perService.services.map((service) => [serviceKeyText(service), service]));
  for (const service of single.services) {
    const other = others.get(serviceKeyText(service));
    assert.ok(other, `${serviceKeyText(service)} is in both`);
    // Compares text first, as comparing a large table value by value takes seconds.
    if (serviceText(service) !== serviceText(other))
      assert.deepEqual(serviceWithoutRates(service), serviceWithoutRates(other));
  }
  return single.services;
}

/** Returns a service as text, with only two of its counters, which the least traffic would change. */
function serviceText({ counters, destinations, ...service }: ServiceWithDestinations): string {
  return JSON.stringify([
    service,
    `${counters.incomingPackets} ${counters.incomingBytes}`,
    destinations.map(({ counters: own, ...destination }) => [
      destination,
      `${own.incomingPackets} ${own.incomingBytes}`,
    ]),
  ]);
}

/** Tests that the single dump gives the same as per-service dumps. */
export function sameDumpTests(subject: SubjectWithClient, sizes: readonly TableSize[]): void {
  for (const size of sizes) {
    it(`is the same from single and per-service dumps: ${sizeText(size)}`, async () => {
      const definitions = tableOfSize(size);
      await addDefinitions(subject.client, definitions);
      const services = await assertSameByBothStrategies(subject);
      assert.equal(services.length, definitions.length);
      const found = new Map(services.map((one) => [serviceKeyText(one), one.destinations]));
      for (const [definition, written] of definitions) {
        const expected = written.map(destinationKeyText).reverse().join();
        assert.equal(found.get(serviceKeyText(definition))?.map(destinationKeyText).join(), expected);
      }
    });
  }
}

/**
 * Tests of lists of destinations that fill one datagram or several: of these lengths, and of every length up to
 * `maximumLength`.
 */
export function destinationListTests(
  subject: SubjectWithClient,
  lengths: readonly number[],
  maximumLength: number,
): void {
  for (const length of lengths) {
    it(`gives a list of ${length} destinations whole and in order, alone and among others`, async () => {
      await addServiceWithDestinations(subject.client, serviceAt(79), [
        { address: '10.2.0.1', port: 1, forwarding: 'masq' },
      ]);
      await addServiceWithDestinations(subject.client, serviceAt(81));
      await addServiceWithDestinations(subject.client, { mark: 1, scheduler: 'rr' });
      const destinations = Array.from(
        { length },
        (_, index): DestinationDefinition => ({
          address: `10.1.${Math.floor(index / 250)}.${1 + (index % 250)}`,
          port: 80,
          forwarding: 'masq',
        }),
      );
      await addDefinitions(subject.client, [[service, destinations]]);
      const expected = destinations.map(destinationKeyText).reverse().join();
      const { services } = await subject.client.dump({ strategy: 'single' });
      assert.equal(services.length, 4);
      const found = services.find(({ port }) => port === 80);
      assert.equal(found?.destinations.map(destinationKeyText).join(), expected);
      const alone = await subject.client.dump({ strategy: 'single', service });
      assert.deepEqual(
        alone.services.map((one) => one.destinations.map(destinationKeyText).join()),
        [expected],
      );
      await assertSameByBothStrategies(subject);
    });
  }

  it(`gives lists of every length up to ${maximumLength}, wherever a datagram ends`, async () => {
    await addServiceWithDestinations(subject.client, service);
    await addServiceWithDestinations(subject.client, serviceAt(81), [
      { address: '10.2.0.1', port: 1, forwarding: 'masq' },
    ]);
    const expected: string[] = [];
    for (let port = 1; port <= maximumLength; port++) {
      const destination: DestinationDefinition = { address: '10.1.0.1', port, forwarding: 'masq' };
      await subject.client.addDestination(service, destination);
      expected.unshift(destinationKeyText(destination));
      const { services } = await subject.client.dump({ strategy: 'single' });
      assert.equal(services.length, 2);
      const found = services.find((one) => one.port === 80);
      assert.deepEqual(found?.destinations.map(destinationKeyText), expected);
    }
  });

  it('gives services without destinations, wherever a datagram ends, and an empty table', async () => {
    for (let port = 1; port <= maximumLength; port++) {
      await subject.client.addService(serviceAt(port));
      const { services } = await subject.client.dump({ strategy: 'single' });
      assert.equal(services.length, port);
      assert.ok(services.every(({ destinations }) => destinations.length === 0));
    }
    await assertSameByBothStrategies(subject);
    await subject.client.flush();
    assert.deepEqual((await subject.client.dump({ strategy: 'single' })).services, []);
  });
}
