import { constants } from 'node:os';
import type { Service, ServiceWithDestinations } from '../../../protocol/ipvs/index.ts';
import { KernelError, UnsupportedError } from '../../netlink/errors.ts';
import type { Source } from '../parse/command.ts';
import type { Reading } from '../per-service.ts';
import type { Client, System } from '../system.ts';

const { ESRCH } = constants.errno;

/**
 * Reads the whole table and returns what `use` makes of each service, in the kernel's order. Unless the
 * source says how, it is read with the single dump where the kernel offers it, and else with a dump for
 * each service, made with less than the client needs for each.
 *
 * `use` is asked as soon as a service has been read, and may be asked about it again.
 */
export async function readTable<Item>(
  client: Client,
  source: Source,
  system: System,
  use: (service: ServiceWithDestinations) => Item,
): Promise<Item[]> {
  const { strategy, from } = source;
  if (from !== undefined || strategy !== 'auto') return client.dump({ strategy }).services.map(use);
  try {
    return client.dump({ strategy: 'single' }).services.map(use);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
  }
  return (
    (await readQuickly(source, system, { use, exists: (service) => exists(client, service) })) ??
    client.dump({ strategy: 'per-service' }).services.map(use)
  );
}

/** Undefined where the kernel answers in a way that only the client is made for. */
async function readQuickly<Item>(
  source: Source,
  system: System,
  reading: Reading<Item>,
): Promise<Item[] | undefined> {
  const { readPerService } = await import('../per-service.ts');
  const sockets = await system.openDumpSockets(source);
  try {
    return await readPerService(sockets, reading);
  } finally {
    sockets.forServices.close();
    sockets.forDestinations.close();
  }
}

function exists(client: Client, service: Service): boolean {
  try {
    client.service(service);
    return true;
  } catch (error) {
    if (error instanceof KernelError && error.errno === ESRCH) return false;
    throw error;
  }
}
