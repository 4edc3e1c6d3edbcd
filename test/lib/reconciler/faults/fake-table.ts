import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { destinationName, serviceName } from './desired.ts';
import type { ObservedTable, TableChecker } from './table-checker.ts';

/** Reads the table of a fake kernel; gives its destinations connections, so that drains last for their full time. */
export function readFakeTable({ state: { table } }: FakeKernel): ObservedTable {
  const contents = new Map<string, string>();
  for (const { address, port, settings, destinations } of table.hashTables.ordered()) {
    const service = serviceName(address.subarray(0, 4).join('.'), port);
    contents.set(service, settings.scheduler);
    for (const destination of destinations.values()) {
      if (destination.connections.active === undefined) table.setConnections(destination, { active: 1 });
      contents.set(destinationName(service, destination.address[3]!), String(destination.settings.weight));
    }
  }
  return { table: contents, withoutConnections: new Set() };
}

/** Lets a checker check each change of the table of a fake kernel until its module is unloaded. */
export function watchFakeTable({ state: { table } }: FakeKernel, checker: TableChecker): void {
  let { generation } = table;
  Object.defineProperty(table, 'generation', {
    get: () => generation,
    set: (next: number) => {
      generation = next;
      checker.check();
    },
  });
}
