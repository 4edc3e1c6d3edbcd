import type { Row, Totals } from '../../../../lib/cli/top/snapshots/snapshot.ts';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { Counters, counterNames, destinationValues, serviceValues } from '../../../../protocol/index.ts';

/** A service with traffic, and real servers with connections. */
export interface ServiceWithTraffic {
  readonly key: Parameters<typeof serviceValues>[0];
  readonly traffic?: Readonly<Record<string, bigint>>;
  readonly servers?: readonly {
    readonly address: string;
    readonly weight?: number;
    readonly active?: number;
    readonly inactive?: number;
    readonly traffic?: Readonly<Record<string, bigint>>;
  }[];
}

/** Adds these services to the table of a kernel. */
export function fill({ state }: FakeKernel, services: readonly ServiceWithTraffic[]): void {
  for (const { key, traffic = {}, servers = [] } of services) {
    const service = serviceValues(key);
    state.addService(service);
    state.setServiceCounters(service, traffic);
    for (const { address, weight = 1, active = 0, inactive = 0, traffic: serverTraffic = {} } of servers) {
      const destination = destinationValues({ address, port: 8080, forwarding: 'masq', weight });
      state.addDestination(service, destination);
      state.setDestinationCounters(service, destination, serverTraffic);
      state.setConnections(service, destination, { active, inactive, persistent: 0 });
    }
  }
}

/** A kernel with these services. */
export function kernelWith(services: readonly ServiceWithTraffic[]): FakeKernel {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  fill(kernel, services);
  return kernel;
}

/** The table of a kernel as records. */
export function recordsOf(kernel: FakeKernel): ReturnType<IpvsSync['records']>['services'] {
  const client = IpvsSync.open({ transport: kernel.connect() });
  try {
    return client.records().services;
  } finally {
    client.close();
  }
}

/** Services, three of them with traffic. */
export const exampleServices: readonly ServiceWithTraffic[] = [
  {
    key: { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wlc' },
    traffic: { connectionRate: 5n, incomingByteRate: 1000n, outgoingByteRate: 20_000n, connections: 70n },
    servers: [
      { address: '198.51.100.1', active: 10, inactive: 1, traffic: { connectionRate: 4n } },
      { address: '198.51.100.2', active: 30, weight: 0, traffic: { connectionRate: 1n } },
    ],
  },
  {
    key: { protocol: 'udp', address: '192.0.2.1', port: 53, scheduler: 'rr' },
    traffic: { connectionRate: 900n, incomingByteRate: 90_000n, connections: 2n ** 63n + 1n },
    servers: [{ address: '198.51.100.1', active: 2 }],
  },
  {
    key: { protocol: 'tcp', address: '2001:db8::1', port: 443, scheduler: 'sh' },
    traffic: { outgoingByteRate: 5_000_000_000n },
    servers: [{ address: '2001:db8::aa', active: 41, inactive: 100_000 }],
  },
  { key: { mark: 7, scheduler: 'wlc' } },
  { key: { mark: 6, scheduler: 'wlc' } },
];

/** Counters with these values, and 0 for the others. */
export function counters(values: Readonly<Record<string, bigint>> = {}): Counters {
  return new Counters(
    true,
    BigUint64Array.from(counterNames, (name) => values[name] ?? 0n),
    0,
  );
}

/** A row with these values, and defaults for the others. */
export function row(values: Partial<Row>): Row {
  return {
    protocol: 'tcp',
    name: '192.0.2.1:80',
    schedulerOrForwarding: 'wlc',
    serversOrWeight: 2,
    active: 0,
    inactive: 0,
    counters: counters(),
    ...values,
  };
}

/** Totals of an empty table. */
export const emptyTotals: Totals = {
  services: 0,
  servers: 0,
  active: 0,
  inactive: 0,
  rates: {
    connectionRate: 0,
    incomingPacketRate: 0,
    outgoingPacketRate: 0,
    incomingByteRate: 0,
    outgoingByteRate: 0,
  },
};
