import type {
  CounterName,
  Counters,
  CounterValues,
  DestinationView,
  ServiceView,
} from '../../protocol/ipvs/index.ts';
import type { MetricDescription, MetricFamily } from './family.ts';

/** A metric of every service or destination. */
export interface TableFamily<View> extends MetricDescription {
  /** The value: a whole number from 0. Of objects whose selected labels are the same, the sum is written. */
  readonly value: (view: View) => number | bigint;
  /** Whether 0 says that there is no such thing and is left out. */
  readonly absentAtZero?: boolean;
}

/** A metric of every service or destination that tells by a label alone. */
export interface TableInfo<View> extends MetricDescription {
  readonly label: string;
  readonly value: (view: View) => string;
}

interface Total {
  readonly counter: CounterName;
  readonly suffix: string;
  readonly unit?: 'bytes';
  readonly what: string;
}

const TOTALS: readonly Total[] = [
  { counter: 'connections', suffix: 'connections', what: 'Connections scheduled' },
  { counter: 'incomingPackets', suffix: 'incoming_packets', what: 'Packets from clients' },
  {
    counter: 'outgoingPackets',
    suffix: 'outgoing_packets',
    what: 'Packets to clients, as far as they pass here',
  },
  { counter: 'incomingBytes', suffix: 'incoming_bytes', unit: 'bytes', what: 'Bytes from clients' },
  {
    counter: 'outgoingBytes',
    suffix: 'outgoing_bytes',
    unit: 'bytes',
    what: 'Bytes to clients, as far as they pass here',
  },
];

function totals(prefix: string, of: string): TableFamily<{ readonly counters: Counters }>[] {
  return TOTALS.map(({ counter, suffix, unit, what }) => ({
    name: `${prefix}_${suffix}`,
    type: 'counter',
    unit,
    help: `${what}${of}.`,
    value: ({ counters }) => counters[counter],
  }));
}

/** The metrics of each service. */
export const serviceFamilies: readonly TableFamily<ServiceView>[] = totals('ipvs_service', ', by service');

/** What a service is set to. */
export const serviceInfo: TableInfo<ServiceView> = {
  name: 'ipvs_service',
  type: 'info',
  help: 'The scheduler of a service.',
  label: 'scheduler',
  value: ({ scheduler }) => scheduler,
};

/** The metrics of each destination. */
export const destinationFamilies: readonly TableFamily<DestinationView>[] = [
  ...totals('ipvs_destination', ', by destination'),
  {
    name: 'ipvs_destination_active_connections',
    type: 'gauge',
    help: 'Established connections, by destination.',
    value: ({ activeConnections }) => activeConnections,
  },
  {
    name: 'ipvs_destination_inactive_connections',
    type: 'gauge',
    help: 'Connections that are not established, by destination.',
    value: ({ inactiveConnections }) => inactiveConnections,
  },
  {
    name: 'ipvs_destination_persistent_connections',
    type: 'gauge',
    help: 'Clients that are bound to a destination (persistence templates).',
    value: ({ persistentConnections }) => persistentConnections,
  },
  {
    name: 'ipvs_destination_weight',
    type: 'gauge',
    help: 'Weight of a destination; at 0 it gets no new connections.',
    value: ({ weight }) => weight,
  },
  {
    name: 'ipvs_destination_upper_threshold',
    type: 'gauge',
    help: 'Connections above which a destination gets no new ones; absent where there is no limit.',
    value: ({ upperThreshold }) => upperThreshold,
    absentAtZero: true,
  },
];

/** How a destination is reached. */
export const destinationInfo: TableInfo<DestinationView> = {
  name: 'ipvs_destination',
  type: 'info',
  help: 'How packets reach a destination.',
  label: 'forwarding',
  value: ({ forwarding }) => String(forwarding),
};

/** What node_exporter tells of each destination, in its words. */
export const nodeFamilies: readonly TableFamily<DestinationView>[] = [
  {
    name: 'node_ipvs_backend_connections_active',
    type: 'gauge',
    help: 'Established connections by local and remote address.',
    value: ({ activeConnections }) => activeConnections,
  },
  {
    name: 'node_ipvs_backend_connections_inactive',
    type: 'gauge',
    help: 'Connections that are not established, by local and remote address.',
    value: ({ inactiveConnections }) => inactiveConnections,
  },
  {
    name: 'node_ipvs_backend_weight',
    type: 'gauge',
    help: 'Weight by local and remote address.',
    value: ({ weight }) => weight,
  },
];

/** The traffic through all of IPVS under names that begin with `prefix`. */
export function statisticsFamilies(
  prefix: 'ipvs' | 'node_ipvs',
  statistics: CounterValues,
): readonly MetricFamily[] {
  return TOTALS.map(({ counter, suffix, unit, what }) => ({
    name: `${prefix}_${suffix}`,
    type: 'counter',
    unit,
    help: `${what}, through services that are gone as well.`,
    samples: [{ value: statistics[counter] }],
  }));
}

/** How much there is. */
export function sizeFamilies(services: number, destinations: number): readonly MetricFamily[] {
  return [
    { name: 'ipvs_services', type: 'gauge', help: 'Number of services.', samples: [{ value: services }] },
    {
      name: 'ipvs_destinations',
      type: 'gauge',
      help: 'Number of destinations of all services.',
      samples: [{ value: destinations }],
    },
  ];
}
