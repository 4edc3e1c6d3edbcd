import type { ConnectionReader } from '../../../ipvs/proc/connection-reader.ts';
import type { ConnectionRow } from '../../../ipvs/proc/connection-row.ts';
import { LOOKUP_TIMEOUT, namesOfAddresses } from '../../names/hosts.ts';
import { reverseLookupIn } from '../../names/reverse-lookup.ts';
import type { System } from '../../system.ts';
import { connectionLine, connectionTitles, type ListConnections } from './format.ts';

/** Number of connections whose names are looked up together. */
const BATCH_SIZE = 512;
/** Maximum number of addresses in the cache of names. */
const MAXIMUM_NAMES = 65536;

/** Writes connections with the names of hosts and ports; after LOOKUP_TIMEOUT, with addresses. */
export async function writeNamedLines(
  { engineData }: ListConnections,
  reader: ConnectionReader,
  next: () => boolean,
  system: System,
): Promise<void> {
  const cache = new Map<string, string>();
  const started = performance.now();
  const names = reverseLookupIn(cache, system);
  system.write(connectionTitles(engineData));
  for (let more = true; more; ) {
    const rows: ConnectionRow[] = [];
    const uncached = new Set<string>();
    while (rows.length < BATCH_SIZE && (more = next())) {
      const row = reader.row.copy();
      rows.push(row);
      for (let endpoint = 0; endpoint < 3; endpoint++)
        if (!cache.has(row.address(endpoint))) uncached.add(row.address(endpoint));
    }
    if (cache.size > MAXIMUM_NAMES) cache.clear();
    const remaining = LOOKUP_TIMEOUT - (performance.now() - started);
    const hostNames =
      uncached.size === 0 || remaining <= 0
        ? new Map<string, string>()
        : await namesOfAddresses(uncached, await system.hostLookup(), remaining);
    for (const address of uncached) cache.set(address, hostNames.get(address) ?? address);
    system.write(rows.map((row) => connectionLine(row, engineData, names)).join(''));
  }
}
