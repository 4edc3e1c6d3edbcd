import { execFileSync } from 'node:child_process';
import { IpvsSync } from '../../lib/index.ts';
import { newDestination, newService } from '../../lib/ipvs/requests/index.ts';
import { IpvsCall } from '../../lib/ipvs/requests/ipvs-call.ts';
import { GenericNetlinkSync } from '../../lib/netlink.ts';
import { FAMILY_NAME } from '../../protocol/index.ts';
import type { BenchmarkTable } from '../tables/benchmark-tables.ts';
import type { CreatedTable } from './table-location.ts';

/** Returns the reason why the kernel of this machine cannot be measured; `undefined` if it can. */
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

/** Creates a benchmark table in a new network namespace of this machine; the machine's own table stays unchanged. */
export async function createRealTable(benchmarkTable: BenchmarkTable): Promise<CreatedTable> {
  const name = `ipvs-bench-${process.pid}`;
  const ip = (...args: string[]): void => {
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  ip('netns', 'add', name);
  try {
    // While no interface is up, no address counts as unicast and the kernel rejects destinations.
    ip('-n', name, 'link', 'set', 'lo', 'up');
    const netns = `/run/netns/${name}`;
    addServices(netns, benchmarkTable);
    return { location: { kind: 'kernel', netns }, close: async () => ip('netns', 'delete', name) };
  } catch (error) {
    ip('netns', 'delete', name);
    throw error;
  }
}

function addServices(netns: string, benchmarkTable: BenchmarkTable): void {
  const generic = GenericNetlinkSync.open({ netns });
  try {
    const family = generic.family(FAMILY_NAME);
    const calls = [...benchmarkTable.table()].flatMap(([service, destinations]) => [
      new IpvsCall(family, newService(service)),
      ...destinations.map((destination) => new IpvsCall(family, newDestination(service, destination))),
    ]);
    for (const outcome of generic.connection.runAll(calls)) if (!outcome.ok) throw outcome.error;
  } finally {
    generic.close();
  }
}
