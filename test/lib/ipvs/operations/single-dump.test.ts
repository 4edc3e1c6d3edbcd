import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DumpInterruptedError,
  Ipvs,
  IpvsSync,
  type ServiceWithDestinations,
  serviceKeyText,
  UnsupportedError,
} from '../../../../lib/index.ts';
import { FakeKernel, type SingleDump } from '../../../../lib/testing/index.ts';
import { withClient } from '../../../conformance/client.ts';
import { concurrentChangesOn, listingLines } from '../../../conformance/concurrent-changes.ts';
import { changeAt, stepOfContents } from '../../../conformance/cycling-table.ts';
import {
  destinationListTests,
  sameDumpTests,
  tableOfSize,
  tableSizes,
} from '../../../conformance/single-dump.ts';
import { addDefinitions, collect, destinationUpdate, failure } from '../../../conformance/subject.ts';

/** The kinds of single dump that are marked with NLM_F_DUMP_INTR if the table changes during them, and the others. */
const withDumpIntr: readonly SingleDump[] = ['nested', 'flat'];
const withoutDumpIntr: readonly SingleDump[] = ['nested-without-dump-intr', 'flat-without-dump-intr'];

/** Changes of tables whose dumps take several datagrams, as those of large tables do. */
const concurrentChanges = concurrentChangesOn(300);

/** Runs `change` before the datagram number `datagram` of each dump is made. */
function beforeDatagram(kernel: FakeKernel, datagram: number, change: () => void): void {
  kernel.onDumpPart = (number) => {
    if (number === datagram) change();
  };
}

/** How many datagrams a dump of the whole table has. */
function datagramsOfDump(kernel: FakeKernel, client: IpvsSync): number {
  let datagrams = 0;
  kernel.onDumpPart = () => datagrams++;
  client.dump();
  kernel.onDumpPart = undefined;
  return datagrams;
}

for (const [version, singleDump, longestList] of [
  ['6.1', 'nested', 1000],
  ['6.12', 'nested', 5000],
  ['6.12', 'flat', 1000],
  ['6.12', 'nested-without-dump-intr', 1000],
  ['6.1', 'flat-without-dump-intr', 1000],
] as const) {
  describe(`the single dump of a fake kernel ${version} (${singleDump})`, () => {
    const kernel = new FakeKernel({ version, singleDump });
    const common = { interface: 'eth0', singleDump: true };
    describe('Ipvs', () => {
      withClient({ ...common, open: () => Ipvs.open({ transport: kernel.connect() }) }, (subject) => {
        sameDumpTests(subject, tableSizes.slice(2, 4));
        destinationListTests(subject, [97, 1000], 50);
      });
    });
    describe('IpvsSync', () => {
      withClient({ ...common, open: () => IpvsSync.open({ transport: kernel.connect() }) }, (subject) => {
        sameDumpTests(subject, version === '6.1' ? tableSizes.slice(0, 6) : tableSizes.slice(2, 4));
        destinationListTests(subject, [longestList], 100);
      });
    });
  });
}

for (const singleDump of withDumpIntr) {
  describe(`a table that changes during a dump, with NLM_F_DUMP_INTR (${singleDump})`, () => {
    for (const { title, table, change } of concurrentChanges) {
      it(`has ${title} whole or not at all, and everything else once`, async () => {
        const kernel = new FakeKernel({ singleDump });
        using client = IpvsSync.open({ transport: kernel.connect() });
        using writer = IpvsSync.open({ transport: kernel.connect() });
        await addDefinitions(writer, tableOfSize({ services: table }));
        const datagrams = datagramsOfDump(kernel, client);
        const count = listingLines(client.dump().services).length;
        let retries = 0;
        for (let round = 0; round < datagrams; round++) {
          const [operation, undo] = change(round);
          let pending = [operation];
          beforeDatagram(kernel, 1 + round, () => {
            for (const outcome of writer.batch(pending)) assert.ok(outcome.ok);
            pending = [];
          });
          const dump = client.dump();
          kernel.onDumpPart = undefined;
          assert.equal(dump.consistency, 'uninterrupted');
          retries += dump.retries;
          const later = listingLines(client.dump().services);
          assert.notEqual(later.length, count);
          assert.deepEqual(listingLines(dump.services), later);
          for (const outcome of writer.batch(undo)) assert.ok(outcome.ok);
        }
        assert.ok(
          retries >= datagrams - 2 && retries <= datagrams,
          `${retries} retries in ${datagrams} rounds`,
        );
      });
    }

    it('is dumped as it was at one moment, again and again', async () => {
      const kernel = new FakeKernel({ singleDump });
      const writer = IpvsSync.open({ transport: kernel.connect() });
      await using client = await Ipvs.open({ transport: kernel.connect(), attempts: 3 });
      let steps = 0;
      const change = (count: number): void => {
        for (let step = 0; step < count; step++) {
          for (const outcome of writer.batch([changeAt(steps++)])) assert.ok(outcome.ok);
        }
      };
      change(200);
      let datagrams = 0;
      kernel.onDumpPart = () => change(datagrams++ % 5 === 0 ? 1 : 0);
      let [retries, interrupted, torn] = [0, 0, 0];
      for (let dumps = 0; dumps < 300; dumps++) {
        try {
          const dump = await client.dump();
          retries += dump.retries;
          assert.notEqual(stepOfContents(dump.services), undefined, `dump ${dumps}`);
        } catch (error) {
          assert.ok(error instanceof DumpInterruptedError);
          interrupted++;
          if (stepOfContents(error.data as readonly ServiceWithDestinations[]) === undefined) torn++;
        }
        change(3);
      }
      assert.ok(
        retries > 20,
        `${retries} retries, ${interrupted} failed, ${torn} of them with inconsistent data`,
      );
    });

    it('fails after the given number of attempts, with the data of the last one', async () => {
      const kernel = new FakeKernel({ singleDump });
      using writer = IpvsSync.open({ transport: kernel.connect() });
      await addDefinitions(writer, tableOfSize({ services: [100, 4] }));
      const [service, [destination]] = tableOfSize({ services: [1, 1] })[0]!;
      let weight = 1;
      const change = (): void =>
        writer.updateDestination(service, destinationUpdate({ ...destination!, weight: weight++ }));
      beforeDatagram(kernel, 2, change);
      for (const open of [
        (attempts: number) => IpvsSync.open({ transport: kernel.connect(), attempts }),
        (attempts: number) => Ipvs.open({ transport: kernel.connect(), attempts }),
      ]) {
        for (const attempts of [1, 4]) {
          const client = await open(attempts);
          const error = await failure(() => client.dump());
          assert.ok(error instanceof DumpInterruptedError);
          assert.equal(error.attempts, attempts);
          assert.equal((error.data as readonly ServiceWithDestinations[]).length, 100);
          assert.equal(client.stats.retries, attempts - 1);
          const streamed = await failure(() => collect(client.stream()));
          assert.ok(streamed instanceof DumpInterruptedError);
          await client.close();
        }
      }
    });
  });
}

for (const singleDump of withoutDumpIntr) {
  describe(`a table that changes during a dump, without NLM_F_DUMP_INTR (${singleDump})`, () => {
    it('has nothing twice, and is not reported as uninterrupted', async () => {
      for (const { table, change } of concurrentChanges) {
        const kernel = new FakeKernel({ singleDump });
        using client = IpvsSync.open({ transport: kernel.connect() });
        using writer = IpvsSync.open({ transport: kernel.connect() });
        await addDefinitions(writer, tableOfSize({ services: table }));
        const datagrams = datagramsOfDump(kernel, client);
        for (let round = 0; round < datagrams; round++) {
          const [operation, undo] = change(round);
          let pending = [operation];
          beforeDatagram(kernel, 1 + round, () => {
            for (const outcome of writer.batch(pending)) assert.ok(outcome.ok);
            pending = [];
          });
          const dump = client.dump();
          kernel.onDumpPart = undefined;
          assert.equal(dump.consistency, 'unknown');
          assert.equal(dump.retries, 0);
          const found = listingLines(dump.services);
          assert.equal(new Set(found).size, found.length, 'no line is repeated');
          for (const outcome of writer.batch(undo)) assert.ok(outcome.ok);
        }
      }
    });
  });
}

describe('command 18 of a full-NAT kernel', () => {
  it('is not mistaken for the single dump, and never sent as a do request', async () => {
    const kernel = new FakeKernel({ singleDump: 'full-nat' });
    for (const client of [
      IpvsSync.open({ transport: kernel.connect() }),
      await Ipvs.open({ transport: kernel.connect() }),
    ]) {
      await addDefinitions(client, tableOfSize({ services: [3, 2] }));
      const dump = await client.dump();
      assert.equal(dump.strategy, 'per-service');
      assert.deepEqual(
        dump.services.map(({ destinations }) => destinations.length),
        [2, 2, 2],
      );
      assert.equal((await collect(client.stream())).length, 3);
      assert.ok((await failure(() => client.dump({ strategy: 'single' }))) instanceof UnsupportedError);
      await client.flush();
      await client.close();
    }
    assert.deepEqual(kernel.vendorCommands, []);
  });
});

describe('a table that changes during per-service dumps', () => {
  it('leaves out a service that vanishes between its listing and its destinations', async () => {
    const kernel = new FakeKernel();
    using writer = IpvsSync.open({ transport: kernel.connect() });
    for (const open of [
      () => IpvsSync.open({ transport: kernel.connect() }),
      () => Ipvs.open({ transport: kernel.connect() }),
    ]) {
      writer.flush();
      await addDefinitions(writer, tableOfSize({ services: [5, 2], marks: [1, 0] }));
      const client = await open();
      const listed = (await client.services()).map(serviceKeyText);
      let dumps = 0;
      kernel.onDumpPart = (number) => {
        // The first dump is that of the services; the second, of the first one's destinations.
        if (number === 1 && ++dumps === 2) writer.deleteService(tableOfSize({ services: [5, 2] })[2]![0]);
      };
      const { services } = await client.dump({ strategy: 'per-service' });
      kernel.onDumpPart = undefined;
      assert.deepEqual(
        services.map(serviceKeyText),
        listed.filter((key) => key !== 'tcp 10.0.0.1:30002'),
      );
      assert.ok(
        services.every(({ mark, destinations }) => destinations.length === (mark === undefined ? 2 : 0)),
      );
      await client.close();
    }
  });
});
