import type { Random } from '../../../../bench/sampling/random.ts';
import type { ServiceWithDestinationsDefinition } from '../../../../lib/index.ts';

/** A desired state of the scenario: schedulers by port, and weights by destination. */
export type Desired = ReadonlyMap<string, string>;

/** These services, with two destinations that are never taken away: no state removes more than half. */
const CORE = [1, 2, 3, 4];
/** These come and go. */
const OTHERS = [5, 6, 7, 8];
const SCHEDULERS = ['rr', 'wrr', 'lc'];
export const OUR_ADDRESS = '10.0.0.1';
export const FOREIGN_ADDRESS = '10.9.0.1';
/** What the destinations' addresses begin with; the rest is their number. */
export const DESTINATIONS = '10.1.0.';
/** Of services, as there are datagrams without a server. */
export const PROTOCOL = 'udp';

export const serviceName = (address: string, port: number): string => `${address}:${port}`;
export const destinationName = (service: string, number: number): string => `${service} ${number}`;

/** Whether a name is one of a destination, and of what service. */
export function serviceOf(name: string): string | undefined {
  const at = name.indexOf(' ');
  return at < 0 ? undefined : name.slice(0, at);
}

export function isForeign(name: string): boolean {
  return !name.startsWith(OUR_ADDRESS);
}

/** A state like the one before, or the first one: what it takes away is no more than half of what there may be. */
export function nextDesired(random: Random, before: Desired = new Map()): Desired {
  const desired = new Map<string, string>();
  const value = (name: string, make: () => string): void => {
    const old = before.get(name);
    desired.set(name, old !== undefined && random.chance(0.7) ? old : make());
  };
  for (const port of [...CORE, ...OTHERS.filter(() => random.chance(0.6))]) {
    const service = serviceName(OUR_ADDRESS, port);
    const isCore = CORE.includes(port);
    value(service, () => random.pick(SCHEDULERS));
    for (let number = 1; number <= 2; number++)
      if (isCore || random.chance(0.7))
        value(destinationName(service, number), () => String(random.between(1, 9)));
  }
  return desired;
}

/** A state that lacks so much of any other that it must wait for confirmation. */
export function cutDesired(): Desired {
  const service = serviceName(OUR_ADDRESS, 1);
  return new Map([
    [service, 'rr'],
    [destinationName(service, 1), '1'],
  ]);
}

/** A state as clients take it. */
export function definitionsOf(desired: Desired): ServiceWithDestinationsDefinition[] {
  return [...desired]
    .filter(([name]) => serviceOf(name) === undefined)
    .map(([service, scheduler]) => {
      const [address = '', port] = service.split(':');
      const destinations = [...desired]
        .filter(([name]) => serviceOf(name) === service)
        .map(([name, weight]) => ({
          address: `${DESTINATIONS}${name.split(' ')[1]}`,
          port: 80,
          forwarding: 'masq' as const,
          weight: Number(weight),
        }));
      return { protocol: PROTOCOL, address, port: Number(port), scheduler, destinations };
    });
}

/** A state as a file has it. JSON is YAML as well, but only lines of YAML are a smaller state when they are cut off. */
export function textOf(desired: Desired, format: 'json' | 'yaml' = 'json'): string {
  const services = definitionsOf(desired);
  if (format === 'json') return JSON.stringify({ services });
  const lines = services.flatMap(({ destinations, ...service }) => [
    `  - ${JSON.stringify(service).slice(0, -1)}, destinations: [`,
    ...destinations.map((one) => `      ${JSON.stringify(one)},`),
    '    ]}',
  ]);
  return ['services:', ...lines, ''].join('\n');
}
