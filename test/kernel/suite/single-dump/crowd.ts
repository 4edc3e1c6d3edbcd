import type { BatchOperation, ServiceWithDestinations } from '../../../../lib/index.ts';

/** How many services come and go: enough for a table to be resized several times on the way. */
const CROWD = 640;
/** Services that come or go at once. */
const AT_ONCE = 16;
const ADDRESS = '192.0.2.2';

/**
 * The changes of a step, counted from 0: services come in the order of their ports until all are there, go in the
 * same order, and start over.
 */
export function crowdAt(step: number): BatchOperation[] {
  const steps = CROWD / AT_ONCE;
  const add = Math.floor(step / steps) % 2 === 0;
  const first = (step % steps) * AT_ONCE;
  return Array.from({ length: AT_ONCE }, (_, index) => {
    const service = { protocol: 'tcp', address: ADDRESS, port: 1 + first + index, scheduler: 'rr' } as const;
    return add ? { do: 'add-service', service } : { do: 'delete-service', service };
  });
}

/** Whether a service is one of the crowd. */
export function inCrowd(service: ServiceWithDestinations): boolean {
  return service.address === ADDRESS;
}

/** Whether the crowd ever was like this: ports without a gap, from the first on or up to the last. */
export function wasCrowd(services: readonly ServiceWithDestinations[]): boolean {
  const ports = services.map(({ port }) => port ?? 0).sort((one, other) => one - other);
  if (ports.some((port, index) => index > 0 && port !== ports[index - 1]! + 1)) return false;
  return ports.length === 0 || ports[0] === 1 || ports.at(-1) === CROWD;
}
