import assert from 'node:assert/strict';
import {
  type BatchOperation,
  type CompletePersistence,
  type Destination,
  type DestinationDefinition,
  type DestinationUpdate,
  FieldError,
  type Ipvs,
  type IpvsSync,
  KernelError,
  type Service,
  type ServiceDefinition,
  type ServiceUpdate,
  type ServiceWithDestinations,
} from '../../lib/index.ts';
import type { CounterValues } from '../../protocol/ipvs/index.ts';

/** Either client: `await` makes no difference between a value and a promise of it. */
export type AnyIpvs = Ipvs | IpvsSync;

/** The IPVS table on which the clients are tested: a real kernel's, in its own network namespace, or a fake one. */
export interface Subject {
  /** Opens one more client of the same table. */
  readonly open: () => AnyIpvs | Promise<AnyIpvs>;
  /** An interface that is up, with IPv4 and IPv6 addresses and an MTU of 1500. */
  readonly interface: string;
  /** Whether the kernel supports the single dump. */
  readonly singleDump: boolean;
  /** Whether the client has a second socket for dumps, as it does with real sockets. */
  readonly hasDumpSocket?: boolean;
}

/** The subject with an open client. The table is empty at the start of each test. */
export interface SubjectWithClient extends Subject {
  readonly client: AnyIpvs;
}

/** Returns a service without its counters and destinations, to be compared. */
export function withoutCounters(service: Service | ServiceWithDestinations): object {
  const { counters: _counters, destinations: _destinations, ...rest } = service as ServiceWithDestinations;
  return rest;
}

/** Returns a destination's key and settings, without its counters and connections, to be compared. */
export function withoutState(destination: Destination): object {
  const {
    counters: _counters,
    activeConnections: _active,
    inactiveConnections: _inactive,
    persistentConnections: _persistent,
    ...rest
  } = destination;
  return rest;
}

/** Returns what is expected when reading a service that was written as `definition`; `readAs` overrides properties. */
export function expectedService(definition: ServiceDefinition, readAs: object = {}): object {
  return {
    family: definition.address?.includes(':') === true ? 'ipv6' : 'ipv4',
    protocol: undefined,
    address: undefined,
    port: undefined,
    mark: undefined,
    persistence: undefined,
    onePacket: false,
    schedulerFlags: [],
    persistenceEngine: undefined,
    otherFlags: 0,
    unknown: undefined,
    ...definition,
    ...readAs,
  };
}

/** As {@link expectedService} for a destination. */
export function expectedDestination(definition: DestinationDefinition, readAs: object = {}): object {
  const { forwarding, tunnel } = definition;
  const completeTunnel = { type: 'ipip', port: 0, checksum: 'nocsum', ...tunnel };
  return {
    family: definition.address.includes(':') ? 'ipv6' : 'ipv4',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    unknown: undefined,
    ...definition,
    tunnel: forwarding === 'tunnel' || (tunnel !== undefined && tunnel !== null) ? completeTunnel : undefined,
    ...readAs,
  };
}

/** Returns the update that gives a service the settings of `definition`, with every setting named. */
export function serviceUpdate(definition: ServiceDefinition): ServiceUpdate {
  const { persistence } = definition;
  const isIPv6 = definition.family === 'ipv6' || definition.address?.includes(':') === true;
  const defaultGranularity = isIPv6 ? { prefixLength: null } : { netmask: null };
  return {
    ...definition,
    onePacket: definition.onePacket ?? false,
    schedulerFlags: definition.schedulerFlags ?? [],
    persistenceEngine: definition.persistenceEngine ?? null,
    otherFlags: definition.otherFlags ?? 0,
    persistence:
      (persistence ?? undefined) && ({ ...defaultGranularity, ...persistence } as CompletePersistence),
  };
}

/** Returns the update that gives a destination the settings of `definition`, with every setting named. */
export function destinationUpdate(definition: DestinationDefinition): DestinationUpdate {
  const { tunnel } = definition;
  return {
    upperThreshold: 0,
    lowerThreshold: 0,
    ...definition,
    weight: definition.weight ?? 1,
    tunnel:
      tunnel === undefined || tunnel === null
        ? null
        : { type: 'ipip', port: 0, checksum: 'nocsum', ...tunnel },
  } as DestinationUpdate;
}

/** Returns a service of a dump as plain values, without the rates among its counters. */
export function serviceWithoutRates(service: ServiceWithDestinations): object {
  return {
    ...withoutCounters(service),
    counters: withoutRates(service.counters.values()),
    destinations: service.destinations.map((destination) => ({
      ...destination,
      counters: withoutRates(destination.counters.values()),
    })),
  };
}

/** Returns the counters that never decrease: not the rates. */
export function withoutRates(values: CounterValues): Partial<CounterValues> {
  const { connections, incomingPackets, outgoingPackets, incomingBytes, outgoingBytes } = values;
  return { connections, incomingPackets, outgoingPackets, incomingBytes, outgoingBytes };
}

/** Waits for a request to be refused and returns the error. */
export async function refusal(attempt: () => unknown): Promise<KernelError> {
  const error = await failure(attempt);
  assert.ok(error instanceof KernelError, `a KernelError, not ${String(error)}`);
  return error;
}

/** Waits for bad input to be refused and returns the field that the error names. */
export async function refusedField(attempt: () => unknown): Promise<string> {
  const error = await failure(attempt);
  assert.ok(error instanceof FieldError, `a FieldError, not ${String(error)}`);
  return error.field;
}

/** Waits for something to fail and returns the error. */
export async function failure(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt();
  } catch (error) {
    return error;
  }
  assert.fail('it did not fail');
}

/** Adds a service with its destinations, the first of which becomes the last in the kernel's list. */
export async function addServiceWithDestinations(
  client: AnyIpvs,
  service: ServiceDefinition,
  destinations: readonly DestinationDefinition[] = [],
): Promise<void> {
  await client.addService(service);
  for (const destination of destinations) await client.addDestination(service, destination);
}

/** The definitions of a table: services, each with its destinations. */
export type Definitions = readonly (readonly [ServiceDefinition, readonly DestinationDefinition[]])[];

/** Writes a whole table, with many requests in each datagram. */
export async function addDefinitions(client: AnyIpvs, definitions: Definitions): Promise<void> {
  const operations = definitions.flatMap(([service, destinations]): BatchOperation[] => [
    { do: 'add-service', service },
    ...destinations.map((destination) => ({ do: 'add-destination', service, destination }) as const),
  ]);
  for (const outcome of await client.batch(operations)) if (!outcome.ok) throw outcome.error;
}

/** Returns the items of a stream. */
export async function collect<Item>(stream: Iterable<Item> | AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
