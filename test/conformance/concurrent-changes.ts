import {
  type BatchOperation,
  destinationKeyText,
  type ServiceDefinition,
  type ServiceWithDestinations,
  serviceKeyText,
} from '../../lib/index.ts';
import { tableOfSize } from './single-dump.ts';

/**
 * Returns a listing with a line for each service and each destination. Services are sorted,
 * as a kernel that resizes its hash table changes their order at any time; destinations are in the order of the dump.
 */
export function listingLines(services: readonly ServiceWithDestinations[]): string[] {
  const listed = services.map((service) => {
    const key = serviceKeyText(service);
    return [
      `${key} ${service.scheduler}`,
      ...service.destinations.map((one) => `${key} -> ${destinationKeyText(one)} ${one.weight}`),
    ];
  });
  return listed.sort(([one], [other]) => (one! < other! ? -1 : 1)).flat();
}

/** A test in which a table is changed while it is read. */
export interface ConcurrentChange {
  readonly title: string;
  /** The number of services, and of destinations of each. */
  readonly table: readonly [services: number, each: number];
  readonly rounds: number;
  /** Returns the change of a round, and the operations that undo it. */
  readonly change: (round: number) => readonly [change: BatchOperation, undo: readonly BatchOperation[]];
}

/** Returns a service by its number; the tables that {@link tableOfSize} makes have the first ones. */
export function serviceAt(index: number): ServiceDefinition {
  return { protocol: 'tcp', address: '10.0.0.1', port: 30_000 + index, scheduler: 'rr' };
}

/** Returns the change that removes a destination or service of the table; to undo that, it is added again. */
function removal(
  table: readonly [number, number],
  what: 'destination' | 'service',
): ConcurrentChange['change'] {
  const definitions = tableOfSize({ services: table });
  return (round) => {
    const [service, destinations] = definitions[(round * 37) % definitions.length]!;
    if (what === 'destination') {
      const destination = destinations.at(-1)!;
      return [
        { do: 'delete-destination', service, destination },
        [{ do: 'add-destination', service, destination }],
      ];
    }
    return [
      { do: 'delete-service', service },
      [
        { do: 'add-service', service },
        ...destinations.map((destination) => ({ do: 'add-destination', service, destination }) as const),
      ],
    ];
  };
}

/**
 * Returns the concurrent changes with which the single dump was validated when it was proposed in 2020, on a table of
 * `services` services and on smaller ones.
 */
export function concurrentChangesOn(services: number): readonly ConcurrentChange[] {
  const large = [services, 2] as const;
  const small = [services / 5, 5] as const;
  const few = [services / 100, 100] as const;
  return [
    {
      title: 'a destination that is added',
      table: large,
      rounds: 100,
      change: (round) => {
        const service = serviceAt((round * 37) % services);
        const destination = { address: '10.7.7.7', port: 7, forwarding: 'masq' } as const;
        return [
          { do: 'add-destination', service, destination },
          [{ do: 'delete-destination', service, destination }],
        ];
      },
    },
    {
      title: 'a destination that is removed',
      table: small,
      rounds: 100,
      change: removal(small, 'destination'),
    },
    {
      title: 'a service that is added',
      table: large,
      rounds: 200,
      change: (round) => {
        const service = serviceAt(2 * services + round);
        return [{ do: 'add-service', service }, [{ do: 'delete-service', service }]];
      },
    },
    {
      title: 'a service that is removed with its destinations',
      table: large,
      rounds: 200,
      change: removal(large, 'service'),
    },
    {
      title: 'a service that is removed with many destinations',
      table: few,
      rounds: 200,
      change: removal(few, 'service'),
    },
  ];
}

/** The concurrent changes on tables of the same size as in that proposal. */
export const concurrentChanges: readonly ConcurrentChange[] = concurrentChangesOn(500);
