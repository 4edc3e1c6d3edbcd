import { Ipvs, IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel, type FakeKernelOptions } from '../../../../lib/testing/index.ts';
import { describeClient } from '../../../conformance/client.ts';

function describeFake(name: string, options: FakeKernelOptions): void {
  const kernel = new FakeKernel(options);
  describeClient(name, {
    open: () => Ipvs.open({ transport: kernel.connect() }),
    openSync: () => IpvsSync.open({ transport: kernel.connect() }),
    interface: 'eth0',
    singleDump: options.singleDump !== undefined && options.singleDump !== 'none',
  });
}

describeFake('a fake kernel 6.1', { version: '6.1' });
describeFake('a fake kernel 6.12', { version: '6.12' });
describeFake('a fake kernel 6.1 with the single dump', { version: '6.1', singleDump: 'nested' });
describeFake('a fake kernel 6.12 with the flat single dump', {
  version: '6.12',
  singleDump: 'flat-without-dump-intr',
});
