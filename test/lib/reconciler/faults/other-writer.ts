import type { Random } from '../../../../bench/sampling/random.ts';
import type { IpvsSync } from '../../../../lib/index.ts';
import { DESTINATION_PREFIX, FOREIGN_ADDRESS, OUR_ADDRESS, PROTOCOL } from './desired.ts';
import type { TableChecker } from './table-checker.ts';

const service = (address: string, port: number, scheduler = 'rr') =>
  ({ protocol: PROTOCOL, address, port, scheduler }) as const;
const destination = (number: number, weight: number) =>
  ({ address: `${DESTINATION_PREFIX}${number}`, port: 80, forwarding: 'masq', weight }) as const;

/** Adds the services that belong to another writer. */
export function addOtherServices(client: IpvsSync, checker: TableChecker): void {
  checker.asOtherWriter(() => {
    for (const port of [1, 2, 3]) addForeign(client, port, 1);
  });
}

function addForeign(client: IpvsSync, port: number, weight: number): void {
  client.addService(service(FOREIGN_ADDRESS, port));
  client.addDestination(service(FOREIGN_ADDRESS, port), destination(1, weight));
}

/**
 * Makes a random change as another writer, to our services or to its own, and returns its name. With `mayAdd`, it may
 * also add services and destinations that are not desired.
 */
export function changeTable(
  client: IpvsSync,
  checker: TableChecker,
  random: Random,
  mayAdd: boolean,
): string {
  const ours = service(OUR_ADDRESS, random.between(1, 8));
  const undesired = service(OUR_ADDRESS, random.between(20, 22));
  const foreignPort = random.between(1, 3);
  const foreignService = service(FOREIGN_ADDRESS, foreignPort);
  const weight = random.between(1, 99);
  const number = random.between(1, 2);
  const changes: readonly (readonly [name: string, change: () => void])[] = [
    ['removes a service', () => client.deleteService(ours)],
    ['removes a destination', () => client.deleteDestination(ours, destination(number, 0))],
    ['sets a weight', () => client.setWeight(ours, destination(number, 0), weight)],
    ['sets a scheduler', () => client.patchService(ours, { scheduler: 'sed' })],
    ['sets a foreign weight', () => client.setWeight(foreignService, destination(1, 0), weight)],
    ['removes a foreign service', () => client.deleteService(foreignService)],
    ['adds a foreign service', () => addForeign(client, foreignPort, weight)],
    ['removes everything', () => client.flush()],
    ['adds a service', () => addUndesired(client, undesired)],
    ['adds a destination', () => client.addDestination(ours, destination(number + 2, weight))],
  ];
  const [name, change] = random.pick(changes.slice(0, mayAdd ? undefined : -2));
  checker.asOtherWriter(() => {
    try {
      change();
    } catch {
      // It does not exist, or exists already: other writers make mistakes as well.
    }
  });
  return name;
}

function addUndesired(client: IpvsSync, undesired: ReturnType<typeof service>): void {
  client.addService(undesired);
  for (const number of [1, 2]) client.addDestination(undesired, destination(number, 5));
}
