import type { Random } from '../../../../bench/sampling/random.ts';
import type { IpvsSync } from '../../../../lib/index.ts';
import { DESTINATIONS, FOREIGN_ADDRESS, OUR_ADDRESS, PROTOCOL } from './desired.ts';
import type { Witness } from './witness.ts';

const service = (address: string, port: number, scheduler = 'rr') =>
  ({ protocol: PROTOCOL, address, port, scheduler }) as const;
const destination = (number: number, weight: number) =>
  ({ address: `${DESTINATIONS}${number}`, port: 80, forwarding: 'masq', weight }) as const;

/** What is somebody else's. */
export function fillForeign(client: IpvsSync, witness: Witness): void {
  witness.other(() => {
    for (const port of [1, 2, 3]) addForeign(client, port, 1);
  });
}

function addForeign(client: IpvsSync, port: number, weight: number): void {
  client.addService(service(FOREIGN_ADDRESS, port));
  client.addDestination(service(FOREIGN_ADDRESS, port), destination(1, weight));
}

/** Changes something of ours or of others, and says what. With `mayAdd`, adds what nobody wants, too. */
export function disturb(client: IpvsSync, witness: Witness, random: Random, mayAdd: boolean): string {
  const ours = service(OUR_ADDRESS, random.between(1, 8));
  const stray = service(OUR_ADDRESS, random.between(20, 22));
  const foreign = random.between(1, 3);
  const others = service(FOREIGN_ADDRESS, foreign);
  const weight = random.between(1, 99);
  const number = random.between(1, 2);
  const changes: readonly (readonly [name: string, change: () => void])[] = [
    ['takes a service', () => client.deleteService(ours)],
    ['takes a destination', () => client.deleteDestination(ours, destination(number, 0))],
    ['sets a weight', () => client.setWeight(ours, destination(number, 0), weight)],
    ['sets a scheduler', () => client.patchService(ours, { scheduler: 'sed' })],
    ['sets a foreign weight', () => client.setWeight(others, destination(1, 0), weight)],
    ['takes a foreign service', () => client.deleteService(others)],
    ['adds a foreign service', () => addForeign(client, foreign, weight)],
    ['takes everything', () => client.flush()],
    ['adds a service', () => addStray(client, stray)],
    ['adds a destination', () => client.addDestination(ours, destination(number + 2, weight))],
  ];
  const [name, change] = random.pick(changes.slice(0, mayAdd ? undefined : -2));
  witness.other(() => {
    try {
      change();
    } catch {
      // It is not there, or there already: other writers err as well.
    }
  });
  return name;
}

function addStray(client: IpvsSync, stray: ReturnType<typeof service>): void {
  client.addService(stray);
  for (const number of [1, 2]) client.addDestination(stray, destination(number, 5));
}
