import { FakeKernel, serveFakeKernel } from '../../lib/testing/index.ts';
import { type Datagrams, recordDump } from '../tables/datagrams.ts';
import type { Workload } from '../tables/workloads.ts';
import { setUp } from './fake-kernel-table.ts';
import type { ServedTable } from './table-address.ts';

const KERNEL = { singleDump: 'nested' } as const;

/**
 * Starts a fake kernel in another process and fills it. It is reached over NETLINK_USERSOCK: real sockets,
 * but no privileges and no IPVS needed.
 */
export async function fillFakeKernel(workload: Workload): Promise<ServedTable> {
  const served = await serveFakeKernel({
    in: 'process',
    kernel: KERNEL,
    setUp: new URL('./fake-kernel-table.js', import.meta.url),
    data: workload.name,
  });
  return { address: { kind: 'fake', portId: served.portId }, close: () => served.close() };
}

/** Records the single dump of a workload from a fake kernel in this process. */
export function recordFakeDump(workload: Workload): Datagrams {
  const kernel = new FakeKernel(KERNEL);
  setUp(kernel, workload.name);
  return recordDump(() => kernel.connect());
}
