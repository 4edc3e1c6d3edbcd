import type { ServiceRecords } from '../../../protocol/ipvs/index.ts';
import type { ReverseLookup } from '../list/labels.ts';
import type { System } from '../system.ts';
import { namesOfAddresses } from './hosts.ts';

/** Resolves these addresses to host names, and returns a lookup that also names any port. */
export async function reverseLookup(addresses: Iterable<string>, system: System): Promise<ReverseLookup> {
  return reverseLookupIn(await namesOfAddresses(addresses, await system.hostLookup()), system);
}

/**
 * Returns a lookup that gives each address its name in `hosts` and each port its service name, or the number
 * where there is none.
 */
export function reverseLookupIn(hosts: ReadonlyMap<string, string>, system: System): ReverseLookup {
  const servicesFile = system.servicesFile();
  return {
    hostOf: (_family, address) => hosts.get(address) ?? address,
    portNameOf: (port, protocol) => servicesFile.nameOf(port, protocol) ?? String(port),
  };
}

/** Yields every address in a table. */
export function* addressesOf(table: ServiceRecords): Generator<string> {
  const cursor = table.cursor();
  while (cursor.nextService()) {
    if (cursor.service.address !== undefined) yield cursor.service.address;
    while (cursor.nextDestination()) yield cursor.destination.address;
  }
}
