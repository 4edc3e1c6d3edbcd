import type { BatchOperation, ServiceWithDestinations } from '../../../../lib/index.ts';

/** How many extra services are added and deleted again: enough for several resizes of the kernel's hash table. */
const EXTRA_SERVICES = 640;
/** Extra services that one step adds or deletes. */
const AT_ONCE = 16;
const ADDRESS = '192.0.2.2';

/**
 * The changes of a step, counted from 0: extra services are added in the order of their ports until all are there, are
 * deleted in the same order, and so on from the start.
 */
export function extraChangesAt(step: number): BatchOperation[] {
  const steps = EXTRA_SERVICES / AT_ONCE;
  const add = Math.floor(step / steps) % 2 === 0;
  const first = (step % steps) * AT_ONCE;
  return Array.from({ length: AT_ONCE }, (_, index) => {
    const service = { protocol: 'tcp', address: ADDRESS, port: 1 + first + index, scheduler: 'rr' } as const;
    return add ? { do: 'add-service', service } : { do: 'delete-service', service };
  });
}

/** Whether a service is one of the extra services. */
export function isExtra(service: ServiceWithDestinations): boolean {
  return service.address === ADDRESS;
}

/** Whether the extra services ever were exactly these: ports without a gap, from the first on or up to the last. */
export function wereExtraAtSomeStep(services: readonly ServiceWithDestinations[]): boolean {
  const ports = services.map(({ port }) => port ?? 0).sort((one, other) => one - other);
  if (ports.some((port, index) => index > 0 && port !== ports[index - 1]! + 1)) return false;
  return ports.length === 0 || ports[0] === 1 || ports.at(-1) === EXTRA_SERVICES;
}
