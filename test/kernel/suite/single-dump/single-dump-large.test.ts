import { after, before, describe } from 'node:test';
import { IpvsSync } from '../../../../lib/index.ts';
import { withClient } from '../../../conformance/client.ts';
import { largeTableSizes, sameDumpTests } from '../../../conformance/single-dump.ts';
import { addNamespace, deleteNamespace, offersSingleDump } from '../namespace.ts';

const name = 'large-suite';

if (offersSingleDump()) {
  describe('the single dump of large tables', () => {
    before(() => addNamespace(name));
    after(() => deleteNamespace(name));
    const open = (): IpvsSync => IpvsSync.open({ netns: `/run/netns/${name}` });
    // In a suite of its own, so that the client is closed before the namespace is deleted.
    describe('of every shape', () =>
      withClient({ open, interface: 'eth0', singleDump: true }, (given) =>
        sameDumpTests(given, largeTableSizes),
      ));
  });
}
