import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { IpvsSync } from '../../../../lib/index.ts';
import { withClient } from '../../../conformance/client.ts';
import { serviceAt } from '../../../conformance/concurrent-changes.ts';
import {
  assertSameByBothStrategies,
  destinationListTests,
  sameDumpTests,
  tableOfSize,
  tableSizes,
} from '../../../conformance/single-dump.ts';
import {
  addDefinitions,
  destinationUpdate,
  type SubjectWithClient,
  serviceUpdate,
} from '../../../conformance/subject.ts';
import { addNamespace, deleteNamespace, offersSingleDump, unloadIpVsWhenUnused } from '../namespace.ts';

const name = 'single-dump-suite';
const netns = `/run/netns/${name}`;
const LONGEST_LIST = Number(process.env.IPVS_LAB_DESTINATIONS ?? 4000);

const subject = { open: () => IpvsSync.open({ netns }), interface: 'eth0', singleDump: true } as const;

function singleDumpTests(given: SubjectWithClient): void {
  it('says that its consistency is uninterrupted, and the generation of the table', async () => {
    const { consistency } = await given.client.dump({ strategy: 'single' });
    const { generation } = await given.client.info();
    assert.equal(consistency, 'uninterrupted');
    assert.equal(typeof generation, 'number');
  });

  it('changes the generation with every change, and with nothing else', async () => {
    const service = serviceAt(0);
    const destination = { address: '10.1.0.1', port: 80, forwarding: 'masq' } as const;
    const { client } = given;
    const generation = async (): Promise<number> => (await client.info()).generation!;
    await addDefinitions(client, tableOfSize({ services: [3, 2] }));
    for (const change of [
      () => client.addDestination(service, destination),
      () => client.updateDestination(service, destinationUpdate({ ...destination, weight: 7 })),
      () => client.deleteDestination(service, destination),
      () => client.updateService(serviceUpdate({ ...service, scheduler: 'wrr' })),
      () => client.deleteService(service),
      () => client.addService(service),
      () => client.flush(),
    ]) {
      const earlier = await generation();
      await change();
      const later = await generation();
      assert.notEqual(later, earlier);
      assert.equal(later % 2, 1, 'odd while nothing is being changed');
    }
    await client.addService(service);
    // Waits until the kernel no longer resizes its hash table, which changes the generation, too.
    let settled = await generation();
    for (let before = 0; before !== settled; settled = await generation()) {
      before = settled;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await client.zero();
    await client.dump({ strategy: 'single' });
    await client.dump({ strategy: 'per-service' });
    for (const refused of [
      () => client.addService(service),
      () => client.deleteService(serviceAt(9)),
      () => client.deleteDestination(service, destination),
      () => client.updateDestination(service, destinationUpdate(destination)),
      () => client.updateService(serviceUpdate({ ...service, scheduler: 'nosuch' })),
    ])
      await assert.rejects(async () => refused());
    assert.equal(await generation(), settled);
  });

  sameDumpTests(given, tableSizes);
  destinationListTests(given, [1000, LONGEST_LIST], 120);

  it('agrees with per-service dumps on what it has just changed', async () => {
    await addDefinitions(given.client, tableOfSize({ services: [50, 5] }));
    await given.client.setWeight(serviceAt(3), tableOfSize({ services: [50, 5] })[3]![1][2]!, 9);
    await given.client.deleteService(serviceAt(7));
    await assertSameByBothStrategies(given);
  });
}

if (offersSingleDump()) {
  describe('the single dump without writers', () => {
    before(() => addNamespace(name));
    after(async () => {
      deleteNamespace(name);
      await unloadIpVsWhenUnused();
    });

    describe('agrees with per-service dumps and with what was written', () =>
      withClient(subject, singleDumpTests));
  });
}
