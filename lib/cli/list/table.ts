import { constants } from 'node:os';
import type { Service, ServiceRecords } from '../../../protocol/ipvs/index.ts';
import { KernelError, UnsupportedError } from '../../netlink/errors.ts';
import type { Source } from '../parse/command.ts';
import type { Client, System } from '../system.ts';

const { ESRCH } = constants.errno;

/**
 * Reads the whole table. Unless the source says how, it is read with the single dump where the kernel offers it, and
 * else with a dump for each service, made with less than the client needs for each.
 */
export async function readTable(client: Client, source: Source, system: System): Promise<ServiceRecords> {
  const { strategy, from } = source;
  if (from !== undefined || strategy !== 'auto') return client.records({ strategy }).services;
  try {
    return client.records({ strategy: 'single' }).services;
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
  }
  const { readPerService } = await import('../per-service.ts');
  const sockets = await system.openDumpSockets(source);
  try {
    const services = await readPerService(sockets, (service) => exists(client, service));
    // The kernel answers in a way that only the client is made for.
    return services ?? client.records({ strategy: 'per-service' }).services;
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
