import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  type DumpStrategy,
  type RecordDump,
  type ServiceDefinition,
  type ServiceWithDestinations,
  serviceKeyText,
  UnsupportedError,
} from '../../lib/index.ts';
import { destinationCases } from './destinations.ts';
import { serviceCases } from './services.ts';
import {
  addDefinitions,
  addServiceWithDestinations,
  collect,
  type Definitions,
  expectedDestination,
  expectedService,
  failure,
  refusal,
  type SubjectWithClient,
  serviceWithoutRates,
  withoutCounters,
  withoutState,
} from './subject.ts';

const service: ServiceDefinition = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wlc' };
const empty: ServiceDefinition = { mark: 4294967295, scheduler: 'rr' };
const absent: ServiceDefinition = { mark: 5, scheduler: 'rr' };

/** Returns the definitions of `count` TCP services with `each` destinations each. */
export function uniformDefinitions(count: number, each: number): Definitions {
  return Array.from({ length: count }, (_, index) => [
    { protocol: 'tcp', address: '10.0.0.1', port: 30000 + index, scheduler: 'rr' },
    Array.from({ length: each }, (_, number) => ({
      address: `10.1.${index % 256}.${1 + Math.floor(number / 60000)}`,
      port: 1 + (number % 60000),
      forwarding: 'masq',
    })),
  ]);
}

/**
 * Runs `compare`, which reads the table more than once and compares the results, and repeats it if it fails: since 7.1
 * the kernel resizes its hash table some time after a change, and the services are then in another order.
 */
async function retryIfReordered(compare: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await compare();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await setTimeout(PAUSE);
    }
  }
}

const ATTEMPTS = 5;
/** Pause between two attempts, in milliseconds. */
const PAUSE = 300;

function objects({ services }: RecordDump): unknown[] {
  const cursor = services.cursor();
  const found: unknown[] = [];
  while (cursor.nextService()) found.push(serviceWithoutRates(cursor.object()));
  return found;
}

function isService(found: ServiceWithDestinations): boolean {
  return serviceKeyText(found) === serviceKeyText(service);
}

/** Tests of reading the whole table, with every strategy that the kernel supports. */
export function dumpTests(subject: SubjectWithClient): void {
  const strategies: readonly Exclude<DumpStrategy, 'auto'>[] = subject.singleDump
    ? ['per-service', 'single']
    : ['per-service'];

  for (const strategy of strategies) {
    it(`gives the same as objects and as records (${strategy})`, async () => {
      for (const { definition } of serviceCases) await subject.client.addService(definition);
      await addServiceWithDestinations(
        subject.client,
        service,
        destinationCases.map(({ definition }) => definition),
      );
      let dump = await subject.client.dump({ strategy });
      await retryIfReordered(async () => {
        dump = await subject.client.dump({ strategy });
        const read = await subject.client.records({ strategy });
        assert.deepEqual([read.strategy, read.consistency], [dump.strategy, dump.consistency]);
        assert.deepEqual(objects(read), dump.services.map(serviceWithoutRates));
      });
      const one = await subject.client.records({ strategy, service });
      assert.deepEqual(objects(one), [
        dump.services.map(serviceWithoutRates)[dump.services.findIndex(isService)],
      ]);
      assert.deepEqual(objects(await subject.client.records({ strategy, service: absent })), []);
    });

    it(`dumps every service with its destinations (${strategy})`, async () => {
      for (const { definition } of serviceCases) await subject.client.addService(definition);
      await addServiceWithDestinations(
        subject.client,
        service,
        destinationCases.map(({ definition }) => definition),
      );
      const table = await subject.client.dump({ strategy });
      assert.equal(table.strategy, strategy);
      assert.equal(table.retries, 0);
      assert.ok(table.datagrams > 0 && table.bytes > table.datagrams * 20);
      if (strategy === 'per-service') assert.equal(table.consistency, 'unknown');
      assert.equal(table.services.length, serviceCases.length + 1);
      const byKey = new Map(table.services.map((one) => [serviceKeyText(one), one]));
      for (const { definition, readAs } of serviceCases) {
        const expected = expectedService(definition, readAs) as ServiceDefinition;
        const found = byKey.get(serviceKeyText(expected));
        assert.ok(found, `${serviceKeyText(definition)} is in the dump`);
        assert.deepEqual(withoutCounters(found), expected);
        assert.deepEqual(found.destinations, []);
      }
      const expected = destinationCases.map(({ definition, readAs }) =>
        expectedDestination(definition, readAs),
      );
      assert.deepEqual(
        byKey.get(serviceKeyText(service))?.destinations.map(withoutState),
        expected.toReversed(),
      );
    });

    it(`dumps one service, and nothing if it does not exist (${strategy})`, async () => {
      await addServiceWithDestinations(subject.client, service, [
        { address: '198.51.100.1', port: 1, forwarding: 'masq' },
        { address: '198.51.100.2', port: 2, forwarding: 'masq' },
      ]);
      await addServiceWithDestinations(subject.client, empty);
      const [found, ...rest] = (await subject.client.dump({ strategy, service })).services;
      assert.deepEqual(rest, []);
      assert.deepEqual(
        found?.destinations.map(({ port }) => port),
        [2, 1],
      );
      const bare = (await subject.client.dump({ strategy, service: empty })).services;
      assert.deepEqual(bare.map(serviceKeyText), ['mark 4294967295']);
      assert.deepEqual(bare[0]?.destinations, []);
      assert.deepEqual((await subject.client.dump({ strategy, service: absent })).services, []);
      assert.deepEqual(await collect(subject.client.stream({ strategy, service: absent })), []);
    });

    it(`dumps an empty table (${strategy})`, async () => {
      assert.deepEqual((await subject.client.dump({ strategy })).services, []);
      assert.deepEqual(await collect(subject.client.stream({ strategy })), []);
    });

    it(`streams what it dumps, in the same order (${strategy})`, async () => {
      await addDefinitions(subject.client, uniformDefinitions(40, 6));
      await addServiceWithDestinations(subject.client, empty);
      await retryIfReordered(async () => {
        const table = await subject.client.dump({ strategy });
        const streamed = await collect<ServiceWithDestinations>(subject.client.stream({ strategy }));
        assert.deepEqual(streamed.map(serviceWithoutRates), table.services.map(serviceWithoutRates));
        assert.equal(streamed.length, 41);
      });
      const one = await collect<ServiceWithDestinations>(subject.client.stream({ strategy, service: empty }));
      assert.deepEqual(one.map(serviceKeyText), ['mark 4294967295']);
    });

    it(`allows leaving a stream in the middle (${strategy})`, async () => {
      await addDefinitions(subject.client, uniformDefinitions(30, 20));
      for await (const one of subject.client.stream({ strategy })) {
        assert.equal(one.destinations.length, 20);
        break;
      }
      assert.equal((await subject.client.dump({ strategy })).services.length, 30);
    });
  }

  it('lists the same services in the same order, whichever way they are read', async () => {
    await addDefinitions(subject.client, uniformDefinitions(30, 3));
    await addServiceWithDestinations(subject.client, empty);
    await retryIfReordered(async () => {
      const listed = (await subject.client.services()).map(serviceKeyText);
      for (const strategy of strategies) {
        const { services } = await subject.client.dump({ strategy });
        assert.deepEqual(services.map(serviceKeyText), listed);
        for (const one of services) {
          assert.deepEqual(
            (await subject.client.destinations(one)).map(withoutState),
            one.destinations.map(withoutState),
          );
        }
      }
    });
  });

  it('fails like service() for the destinations of a service that does not exist', async () => {
    const { message } = await refusal(() => subject.client.service(absent));
    assert.equal((await refusal(() => subject.client.destinations(absent))).message, message);
    await addServiceWithDestinations(subject.client, absent);
    assert.deepEqual(await subject.client.destinations(absent), []);
  });

  if (subject.singleDump) {
    it('uses the single dump by default', async () => {
      assert.equal((await subject.client.dump()).strategy, 'single');
    });
  } else {
    it('uses per-service dumps by default, and fails if the single dump is demanded', async () => {
      assert.equal((await subject.client.dump()).strategy, 'per-service');
      const error = await failure(() => subject.client.dump({ strategy: 'single' }));
      assert.ok(error instanceof UnsupportedError);
      assert.match(error.message, /GET_SERVICE_DEST/);
      assert.ok(
        (await failure(() => collect(subject.client.stream({ strategy: 'single' })))) instanceof
          UnsupportedError,
      );
    });
  }

  it('needs one send and at most two receives for each of 100 services, or one receive if it has a dump socket', async () => {
    await addDefinitions(subject.client, uniformDefinitions(100, 4));
    const before = { ...subject.client.stats };
    await subject.client.services();
    const between = { ...subject.client.stats };
    const table = await subject.client.dump({ strategy: 'per-service' });
    const after = subject.client.stats;
    const listReceives = between.receives - before.receives;
    assert.equal(between.sends - before.sends, 1);
    assert.equal(after.sends - between.sends, 1 + 100);
    const receivesEach = subject.hasDumpSocket ? 1 : 2;
    assert.equal(after.receives - between.receives, listReceives + receivesEach * 100);
    assert.equal(table.datagrams, listReceives + receivesEach * 100);
    assert.equal(table.services.length, 100);
    assert.ok(table.services.every(({ destinations }) => destinations.length === 4));
  });

  it('carries out many requests at a time', async () => {
    const { client } = subject;
    const definitions = uniformDefinitions(100, 1);
    await Promise.all(definitions.map(([definition]) => client.addService(definition)));
    const [services, table, info] = await Promise.all([
      client.services(),
      client.dump(),
      client.info(),
      ...definitions.flatMap(([definition, destinations]) =>
        destinations.map((destination) => client.addDestination(definition, destination)),
      ),
    ]);
    assert.equal(services.length, 100);
    assert.equal(table.services.length, 100);
    assert.equal(info.version, '1.2.1');
    const whole = await client.dump();
    assert.ok(whole.services.every(({ destinations }) => destinations.length === 1));
  });
}
