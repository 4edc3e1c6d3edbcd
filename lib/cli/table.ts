import type { Destination, Service, ServiceWithDestinations } from '../../protocol/ipvs/index.ts';
import { UnsupportedError } from '../errors.ts';
import type { Source } from './command.ts';
import type { Client, System } from './system.ts';

/**
 * Reads the whole table. Unless the source says how, it is the single dump where the kernel offers it.
 * Elsewhere the destinations come from the kernel's file in /proc when a `plain` listing is all that
 * they are for, and else from a dump for each service.
 */
export async function readTable(
  client: Client,
  source: Source,
  system: System,
  plain: boolean,
): Promise<readonly ServiceWithDestinations[]> {
  const { strategy, from } = source;
  if (from !== undefined || strategy !== 'auto') return client.dump({ strategy }).services;
  try {
    return client.dump({ strategy: 'single' }).services;
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
  }
  return (
    (plain ? await readWithFile(client, source, system) : undefined) ??
    (await readQuickly(source, system)) ??
    client.dump({ strategy: 'per-service' }).services
  );
}

/** Undefined where there is no such file, or it is not what kernels write. */
async function readWithFile(
  client: Client,
  source: Source,
  system: System,
): Promise<ServiceWithDestinations[] | undefined> {
  const bytes = await system.readTable(source);
  if (bytes === undefined) return undefined;
  const { tableFile } = await import('./table-file.ts');
  const file = tableFile(bytes);
  if (file === undefined) return undefined;
  const found: ServiceWithDestinations[] = [];
  for (const service of client.services() as (Service & { destinations?: readonly Destination[] })[]) {
    const destinations = file.destinationsOf(service);
    if (destinations === 'unclear') found.push(...client.dump({ strategy: 'per-service', service }).services);
    else if (destinations !== undefined) {
      service.destinations = destinations;
      found.push(service as ServiceWithDestinations);
    }
  }
  return found;
}

/** Undefined where the kernel answers in a way that only the client is made for. */
async function readQuickly(source: Source, system: System): Promise<ServiceWithDestinations[] | undefined> {
  const { readPerService } = await import('./per-service.ts');
  const sockets = await system.openDumpSockets(source);
  try {
    return await readPerService(sockets);
  } finally {
    sockets.forServices.close();
    sockets.forDestinations.close();
  }
}
