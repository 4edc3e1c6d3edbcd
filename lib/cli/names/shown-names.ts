import type { ServiceRecords } from '../../../protocol/ipvs/index.ts';
import type { ShownNames } from '../list/labels.ts';
import type { System } from '../system.ts';
import { namesOfAddresses } from './hosts.ts';

/** Looks up the names of these addresses and of every port, for a listing without -n. */
export async function shownNames(addresses: Iterable<string>, system: System): Promise<ShownNames> {
  return namesFrom(await namesOfAddresses(addresses, await system.hosts()), system);
}

/** Shows hosts by these names, if they have one, and every port by its name. */
export function namesFrom(hosts: ReadonlyMap<string, string>, system: System): ShownNames {
  const services = system.services();
  return {
    hostOf: (_family, address) => hosts.get(address) ?? address,
    serviceOf: (port, protocol) => services.nameOf(port, protocol) ?? String(port),
  };
}

/** Yields every address in a table. */
export function* addressesOf(services: ServiceRecords): Generator<string> {
  const cursor = services.cursor();
  while (cursor.nextService()) {
    if (cursor.service.address !== undefined) yield cursor.service.address;
    while (cursor.nextDestination()) yield cursor.destination.address;
  }
}
