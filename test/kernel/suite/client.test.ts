import { after, before, describe } from 'node:test';
import { Ipvs, IpvsSync } from '../../../lib/index.ts';
import { describeClient } from '../../conformance/client.ts';
import { addNamespace, deleteNamespace, offersSingleDump } from './namespace.ts';

const name = 'client-suite';

describe('the clients in a guest', () => {
  before(() => addNamespace(name));
  after(() => deleteNamespace(name));

  const netns = `/run/netns/${name}`;
  describeClient(`the kernel ${process.env.IPVS_LAB_KERNEL ?? ''}`, {
    open: () => Ipvs.open({ netns }),
    openSync: () => IpvsSync.open({ netns }),
    interface: 'eth0',
    singleDump: offersSingleDump(),
    hasDumpSocket: true,
  });
});
