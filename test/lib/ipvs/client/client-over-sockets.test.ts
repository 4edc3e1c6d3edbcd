import { after, before, describe } from 'node:test';
import { Ipvs, IpvsSync } from '../../../../lib/index.ts';
import { type ServedFakeKernel, serveFakeKernel } from '../../../../lib/testing/index.ts';
import { withClient } from '../../../conformance/client.ts';
import { destinationTests } from '../../../conformance/destinations.ts';
import { inputTests } from '../../../conformance/input.ts';
import { serviceTests } from '../../../conformance/services.ts';
import { settingTests } from '../../../conformance/settings.ts';
import type { AnyIpvs } from '../../../conformance/subject.ts';

// The same tests as in client.test.ts, over netlink sockets; the fake kernel runs in a worker.
describe('the clients over real sockets', () => {
  let served: ServedFakeKernel;
  before(async () => {
    served = await serveFakeKernel({ kernel: { version: '6.1' } });
  });
  after(() => served.close());

  for (const [clientName, open] of [
    ['Ipvs', (): Promise<AnyIpvs> => Ipvs.open({ transport: served.connect() })],
    ['IpvsSync', (): AnyIpvs => IpvsSync.open({ transport: served.connect() })],
  ] as const) {
    describe(clientName, () => {
      for (const tests of [serviceTests, destinationTests, settingTests, inputTests]) {
        describe(tests.name, () => withClient({ open, interface: 'eth0', singleDump: false }, tests));
      }
    });
  }
});
