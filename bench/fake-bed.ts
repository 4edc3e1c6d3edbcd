import { FakeKernel, serveFakeKernel } from '../lib/testing/index.ts';
import type { Bed } from './bed.ts';
import { type Datagrams, recordDump } from './datagrams.ts';
import { setUp } from './fake-table.ts';
import type { Workload } from './workloads.ts';

const KERNEL = { singleDump: 'nested' } as const;

/** A fake kernel in a process of its own, over NETLINK_USERSOCK: real sockets, no rights, no IPVS. */
export async function fakeBed(workload: Workload): Promise<Bed> {
  const served = await serveFakeKernel({
    in: 'process',
    kernel: KERNEL,
    setUp: new URL('./fake-table.js', import.meta.url),
    data: workload.name,
  });
  return { address: { kind: 'fake', portId: served.portId }, close: () => served.close() };
}

/** The single dump of a workload from a fake kernel in this process. */
export function recordFakeDump(workload: Workload): Datagrams {
  const kernel = new FakeKernel(KERNEL);
  setUp(kernel, workload.name);
  return recordDump(() => kernel.connect());
}
