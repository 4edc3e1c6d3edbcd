import { execFileSync } from 'node:child_process';
import { IpvsSync } from '../../lib/index.ts';
import { newDestination, newService } from '../../lib/ipvs/requests/index.ts';
import { IpvsCall } from '../../lib/ipvs/requests/ipvs-call.ts';
import { GenericNetlinkSync } from '../../lib/netlink.ts';
import { FAMILY_NAME } from '../../protocol/index.ts';
import type { Workload } from '../tables/workloads.ts';
import type { ServedTable } from './table-address.ts';

/** Why this machine's kernel cannot be measured; `undefined` when it can. */
export function whyNoKernel(): string | undefined {
  try {
    const client = IpvsSync.open();
    try {
      client.info();
    } finally {
      client.close();
    }
    execFileSync('ip', ['-Version'], { stdio: 'ignore' });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Fills this machine's kernel, in a network namespace of its own: no rules of the machine are touched. */
export async function fillKernel(workload: Workload): Promise<ServedTable> {
  const name = `ipvs-bench-${process.pid}`;
  const ip = (...args: string[]): void => {
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  ip('netns', 'add', name);
  try {
    // Without a local routing table the kernel takes no address for unicast and refuses destinations.
    ip('-n', name, 'link', 'set', 'lo', 'up');
    const netns = `/run/netns/${name}`;
    writeTable(netns, workload);
    return { address: { kind: 'kernel', netns }, close: async () => ip('netns', 'delete', name) };
  } catch (error) {
    ip('netns', 'delete', name);
    throw error;
  }
}

function writeTable(netns: string, workload: Workload): void {
  const generic = GenericNetlinkSync.open({ netns });
  try {
    const family = generic.family(FAMILY_NAME);
    const calls = [...workload.rows()].flatMap(([service, destinations]) => [
      new IpvsCall(family, newService(service)),
      ...destinations.map((destination) => new IpvsCall(family, newDestination(service, destination))),
    ]);
    for (const outcome of generic.connection.runAll(calls)) if (!outcome.ok) throw outcome.error;
  } finally {
    generic.close();
  }
}
