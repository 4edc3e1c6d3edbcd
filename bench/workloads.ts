import type { DestinationDefinition, ServiceDefinition } from '../lib/index.ts';

/** A table to read: how many services, of which kind, with how many destinations each. */
export interface Workload {
  readonly name: string;
  /** TCP services. */
  readonly tcp: number;
  /** Firewall-mark services. */
  readonly marks: number;
  /** Destinations of each service. */
  readonly destinations: number;
  /**
   * The public benchmark of the proposal (2020): milliseconds of a whole `ipvsadm -Sn` process on a
   * stock and on a changed kernel.
   */
  readonly published?: { readonly stock: number; readonly changed: number };
}

/** The six tables of the public benchmark, with its figures. */
export const publicWorkloads: readonly Workload[] = [
  { name: '1000x4', tcp: 1000, marks: 0, destinations: 4, published: { stock: 26.0, changed: 9.9 } },
  { name: '2000x2', tcp: 2000, marks: 0, destinations: 2, published: { stock: 44.6, changed: 12.1 } },
  { name: '8000x2', tcp: 8000, marks: 0, destinations: 2, published: { stock: 181.2, changed: 48.1 } },
  { name: '16000x1', tcp: 16000, marks: 0, destinations: 1, published: { stock: 363.3, changed: 66.2 } },
  { name: '100x100', tcp: 100, marks: 0, destinations: 100, published: { stock: 21.1, changed: 19.2 } },
  {
    name: '8000+8000x1',
    tcp: 8000,
    marks: 8000,
    destinations: 1,
    published: { stock: 337.4, changed: 63.8 },
  },
];

/** Tables that double in size, to see whether the cost of a service stays the same. */
export const growthWorkloads: readonly Workload[] = [1000, 2000, 4000, 8000, 16000, 32000, 64000].map(
  (services) => ({ name: `${services}x1`, tcp: services, marks: 0, destinations: 1 }),
);

/** How many services a workload has. */
export function serviceCount({ tcp, marks }: Workload): number {
  return tcp + marks;
}

/** Ports 1 to 65535: port 0 is not one service among others. */
const PORTS = 65535;
const FIRST_SERVICE_PORT = 30000;
const FIRST_DESTINATION_PORT = 10000;

/**
 * The services of a workload with their destinations, by the rules of the public benchmark: service
 * i is TCP 10.0.0.1:(30000+i) rr, destinations are 10.0.0.1:(10000+k), k counting up over all
 * services. Where a port would pass 65535 the last byte of the address counts on.
 */
export function* tableOf(
  workload: Workload,
): Generator<readonly [ServiceDefinition, readonly DestinationDefinition[]]> {
  let next = 0;
  const services = serviceCount(workload);
  for (let index = 0; index < services; index++) {
    const service: ServiceDefinition =
      index < workload.tcp
        ? { protocol: 'tcp', ...endpoint(FIRST_SERVICE_PORT + index), scheduler: 'rr' }
        : { mark: index - workload.tcp + 1, scheduler: 'rr' };
    const destinations: DestinationDefinition[] = [];
    for (let count = 0; count < workload.destinations; count++) {
      destinations.push({ ...endpoint(FIRST_DESTINATION_PORT + next++), forwarding: 'masq', weight: 1 });
    }
    yield [service, destinations];
  }
}

function endpoint(number: number): { readonly address: string; readonly port: number } {
  const index = number - 1;
  return { address: `10.0.0.${1 + Math.floor(index / PORTS)}`, port: 1 + (index % PORTS) };
}
