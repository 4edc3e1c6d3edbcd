import * as fc from 'fast-check';
import {
  type BatchOperation,
  type DestinationDefinition,
  IpvsSync,
  type ServiceWithDestinationsDefinition,
  serviceKeyText,
} from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';

type Table = readonly ServiceWithDestinationsDefinition[];

/** A kernel with these services in its table. */
export function kernelWith(table: Table): FakeKernel {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const ipvs = connect(kernel);
  const outcomes = ipvs.batch(
    table.flatMap((service) => [
      { do: 'add-service', service },
      ...service.destinations.map(
        (destination): BatchOperation => ({
          do: 'add-destination',
          service,
          destination: destination as DestinationDefinition,
        }),
      ),
    ]),
  );
  for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
  ipvs.close();
  return kernel;
}

export function connect(kernel: FakeKernel): IpvsSync {
  return IpvsSync.open({ transport: kernel.connect() });
}

/** The table as plain values in a fixed order, without what traffic changes. */
export function snapshot(kernel: FakeKernel, ipvs: IpvsSync = connect(kernel)): unknown[] {
  const services = ipvs.dump().services.map(({ counters: _, destinations, ...service }) => ({
    ...service,
    destinations: destinations
      .map(
        ({
          counters: __,
          activeConnections: _a,
          inactiveConnections: _i,
          persistentConnections: _p,
          ...rest
        }) => rest,
      )
      .sort((a, b) => compare(`${a.address} ${a.port}`, `${b.address} ${b.port}`)),
  }));
  return services.sort((a, b) => compare(serviceKeyText(a), serviceKeyText(b)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const option = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

function record<T>(fields: { [Name in keyof T]: fc.Arbitrary<T[Name]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

/** Few keys, so that two tables share many of them. */
const keys = fc.oneof(
  record({
    protocol: fc.constantFrom<'tcp' | 'udp' | number>('tcp', 'udp', 6, 47),
    address: fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1', '2001:DB8:0::2'),
    port: fc.constantFrom(0, 80),
  }),
  record({
    mark: fc.constantFrom(1, 4294967295),
    family: fc.constantFrom('ipv4' as const, 'ipv6' as const, undefined),
  }),
);

const destinations = record({
  address: fc.constantFrom('10.1.0.1', '10.1.0.2', '10.1.0.3', '2001:db8:1::1', '2001:0db8:1::2'),
  port: fc.constantFrom(80, 8080),
  forwarding: fc.constantFrom<'masq' | 'tunnel' | 'direct-route' | 0>('masq', 'tunnel', 'direct-route', 0),
  weight: option(fc.nat(3)),
  thresholds: fc.constantFrom([0, 0], [10, 0], [10, 5]),
  tunnel: fc.constantFrom(
    undefined,
    { type: 'gue', port: 6080 } as const,
    { type: 'ipip' } as const,
    {
      checksum: 'csum',
    } as const,
  ),
}).map(({ thresholds, ...rest }) => ({
  ...rest,
  upperThreshold: thresholds[0],
  lowerThreshold: thresholds[1],
}));

const isIpv6 = (address: string): boolean => address.includes(':');

/** Tables that have many keys in common and hold every kind of setting. */
export const tables: fc.Arbitrary<Table> = fc
  .uniqueArray(
    record({
      key: keys,
      scheduler: fc.constantFrom('rr', 'wlc', 'sh', 'mh', 'none'),
      persistence: option(record({ timeout: fc.nat(3), hasNetmask: fc.boolean() })),
      onePacket: option(fc.boolean()),
      schedulerFlags: option(fc.subarray(['flag-1', 'sh-port'] as const)),
      persistenceEngine: fc.constantFrom(undefined, undefined, 'sip'),
      destinations: fc.uniqueArray(destinations, {
        maxLength: 5,
        selector: ({ address, port }) => `${address} ${port}`,
      }),
    }),
    {
      maxLength: 7,
      selector: ({ key }) =>
        'mark' in key
          ? `${key.mark} ${key.family ?? 'ipv4'}`
          : `${key.protocol === 6 ? 'tcp' : key.protocol} ${key.address} ${key.port}`,
    },
  )
  .map((services) =>
    services.map(({ key, persistence, destinations: all, ...settings }) => {
      const ipv6 = 'mark' in key ? key.family === 'ipv6' : isIpv6(key.address);
      const netmaskFields = ipv6 ? { prefixLength: 64 } : { netmask: '255.255.255.0' };
      return {
        ...key,
        ...settings,
        persistence:
          persistence === undefined
            ? undefined
            : { timeout: persistence.timeout, ...(persistence.hasNetmask ? netmaskFields : {}) },
        destinations: all.filter(
          ({ address, forwarding }) => isIpv6(address) === ipv6 || forwarding === 'tunnel',
        ),
      } as ServiceWithDestinationsDefinition;
    }),
  );
