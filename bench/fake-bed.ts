import { serveFakeKernel } from '../lib/testing/index.ts';
import type { Bed } from './bed.ts';
import type { Workload } from './workloads.ts';

/** A fake kernel in a process of its own, over NETLINK_USERSOCK: real sockets, no rights, no IPVS. */
export async function fakeBed(workload: Workload): Promise<Bed> {
  const served = await serveFakeKernel({
    in: 'process',
    kernel: { singleDump: 'nested' },
    setUp: new URL('./fake-table.js', import.meta.url),
    data: workload.name,
  });
  return { address: { kind: 'fake', portId: served.portId }, close: () => served.close() };
}
