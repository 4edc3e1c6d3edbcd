import type { Random } from '../../../../bench/sampling/random.ts';
import type { ServiceWithDestinationsDefinition } from '../../../../lib/index.ts';

/** A desired state or a table: the scheduler of each service and the weight of each destination, by name. */
export type TableContents = ReadonlyMap<string, string>;

/** Ports of services that are in every state with both destinations, so that no state removes more than half. */
const CORE = [1, 2, 3, 4];
/** Ports of services that are in some states only. */
const OTHERS = [5, 6, 7, 8];
const SCHEDULERS = ['rr', 'wrr', 'lc'];
/** Address of the services that the reconciler manages. */
export const OUR_ADDRESS = '10.0.0.1';
/** Address of the services that belong to another writer. */
export const FOREIGN_ADDRESS = '10.9.0.1';
/** What the addresses of destinations begin with; the number of the destination follows. */
export const DESTINATION_PREFIX = '10.1.0.';
/** Protocol of the services: a client can send UDP datagrams even if no server responds. */
export const PROTOCOL = 'udp';

/** The name by which the tests refer to a service: its address and port. */
export const serviceName = (address: string, port: number): string => `${address}:${port}`;
export const destinationName = (service: string, number: number): string => `${service} ${number}`;

/** The name of a destination's service; undefined if the name is not one of a destination. */
export function serviceOf(name: string): string | undefined {
  const at = name.indexOf(' ');
  return at < 0 ? undefined : name.slice(0, at);
}

/** Whether a service or destination belongs to another writer. */
export function isForeign(name: string): boolean {
  return !name.startsWith(OUR_ADDRESS);
}

/** Returns a random state that resembles the one before, and removes no more than half of it. */
export function nextDesired(random: Random, before: TableContents = new Map()): TableContents {
  const desired = new Map<string, string>();
  const setValue = (name: string, make: () => string): void => {
    const old = before.get(name);
    desired.set(name, old !== undefined && random.chance(0.7) ? old : make());
  };
  for (const port of [...CORE, ...OTHERS.filter(() => random.chance(0.6))]) {
    const service = serviceName(OUR_ADDRESS, port);
    const isCore = CORE.includes(port);
    setValue(service, () => random.pick(SCHEDULERS));
    for (let number = 1; number <= 2; number++)
      if (isCore || random.chance(0.7))
        setValue(destinationName(service, number), () => String(random.between(1, 9)));
  }
  return desired;
}

/** A state that removes so much of any other state that it must wait for confirmation. */
export function nearlyEmptyState(): TableContents {
  const service = serviceName(OUR_ADDRESS, 1);
  return new Map([
    [service, 'rr'],
    [destinationName(service, 1), '1'],
  ]);
}

/** The definitions of the services of a state. */
export function definitionsOf(desired: TableContents): ServiceWithDestinationsDefinition[] {
  return [...desired]
    .filter(([name]) => serviceOf(name) === undefined)
    .map(([service, scheduler]) => {
      const [address = '', port] = service.split(':');
      const destinations = [...desired]
        .filter(([name]) => serviceOf(name) === service)
        .map(([name, weight]) => ({
          address: `${DESTINATION_PREFIX}${name.split(' ')[1]}`,
          port: 80,
          forwarding: 'masq' as const,
          weight: Number(weight),
        }));
      return { protocol: PROTOCOL, address, port: Number(port), scheduler, destinations };
    });
}

/**
 * The text of a file with this state. JSON is YAML as well, but a truncated file is a smaller state only if it is
 * YAML with a line for each service and destination.
 */
export function textOf(desired: TableContents, format: 'json' | 'yaml' = 'json'): string {
  const services = definitionsOf(desired);
  if (format === 'json') return JSON.stringify({ services });
  const lines = services.flatMap(({ destinations, ...service }) => [
    `  - ${JSON.stringify(service).slice(0, -1)}, destinations: [`,
    ...destinations.map((one) => `      ${JSON.stringify(one)},`),
    '    ]}',
  ]);
  return ['services:', ...lines, ''].join('\n');
}
