import type {
  CounterName,
  Counters,
  CounterValues,
  DestinationView,
  ServiceView,
} from '../../protocol/ipvs/index.ts';
import type { MetricDescription, MetricFamily } from './family.ts';

/** A metric of every service or destination. */
export interface TableMetric<View> extends MetricDescription {
  /**
   * The value, a non-negative integer. Services or destinations whose selected labels have the same values are
   * summed into one sample.
   */
  readonly value: (view: View) => number | bigint;
  /** Whether samples with value 0 are left out, because 0 means 'not set'. */
  readonly absentAtZero?: boolean;
}

/** An info metric of every service or destination: its information is in a label. */
export interface TableInfoMetric<View> extends MetricDescription {
  readonly label: string;
  readonly value: (view: View) => string;
}

interface CounterDescription {
  readonly counter: CounterName;
  readonly suffix: string;
  readonly unit?: 'bytes';
  readonly description: string;
}

const COUNTERS: readonly CounterDescription[] = [
  { counter: 'connections', suffix: 'connections', description: 'Connections scheduled' },
  { counter: 'incomingPackets', suffix: 'incoming_packets', description: 'Packets from clients' },
  {
    counter: 'outgoingPackets',
    suffix: 'outgoing_packets',
    description: 'Packets to clients that pass through this machine',
  },
  { counter: 'incomingBytes', suffix: 'incoming_bytes', unit: 'bytes', description: 'Bytes from clients' },
  {
    counter: 'outgoingBytes',
    suffix: 'outgoing_bytes',
    unit: 'bytes',
    description: 'Bytes to clients that pass through this machine',
  },
];

function counters(prefix: string, helpSuffix: string): TableMetric<{ readonly counters: Counters }>[] {
  return COUNTERS.map(({ counter, suffix, unit, description }) => ({
    name: `${prefix}_${suffix}`,
    type: 'counter',
    unit,
    help: `${description}${helpSuffix}.`,
    value: ({ counters }) => counters[counter],
  }));
}

type Gauge = readonly [
  suffix: string,
  property: 'weight' | `${'active' | 'inactive' | 'persistent'}Connections`,
  help: string,
];

function gauges(prefix: string, descriptions: readonly Gauge[]): TableMetric<DestinationView>[] {
  return descriptions.map(([suffix, property, help]) => ({
    name: `${prefix}_${suffix}`,
    type: 'gauge',
    help,
    value: (view) => view[property],
  }));
}

/** The metrics of each service. */
export const serviceMetrics: readonly TableMetric<ServiceView>[] = counters('ipvs_service', ', by service');

/** The info metric of services. */
export const serviceInfo: TableInfoMetric<ServiceView> = {
  name: 'ipvs_service',
  type: 'info',
  help: 'The scheduler of a service.',
  label: 'scheduler',
  value: ({ scheduler }) => scheduler,
};

/** The metrics of each destination. */
export const destinationMetrics: readonly TableMetric<DestinationView>[] = [
  ...counters('ipvs_destination', ', by destination'),
  ...gauges('ipvs_destination', [
    [
      'active_connections',
      'activeConnections',
      'Connections that are established or in their handshake, by destination.',
    ],
    [
      'inactive_connections',
      'inactiveConnections',
      'Other connections, such as those being closed and those of UDP, by destination.',
    ],
    [
      'persistent_connections',
      'persistentConnections',
      'Persistence templates (clients bound to a destination), by destination.',
    ],
    ['weight', 'weight', 'Weight of a destination; at 0 it gets no new connections.'],
  ]),
  {
    name: 'ipvs_destination_upper_threshold',
    type: 'gauge',
    help: 'Number of connections at which a destination gets no new ones; absent if there is no limit.',
    value: ({ upperThreshold }) => upperThreshold,
    absentAtZero: true,
  },
];

/** The info metric of destinations. */
export const destinationInfo: TableInfoMetric<DestinationView> = {
  name: 'ipvs_destination',
  type: 'info',
  help: 'The forwarding method of a destination.',
  label: 'forwarding',
  value: ({ forwarding }) => String(forwarding),
};

/** The metrics of each destination under the names of node_exporter. */
export const nodeExporterMetrics: readonly TableMetric<DestinationView>[] = gauges('node_ipvs_backend', [
  [
    'connections_active',
    'activeConnections',
    'Connections that are established or in their handshake, by local and remote address.',
  ],
  [
    'connections_inactive',
    'inactiveConnections',
    'Other connections, such as those being closed and those of UDP, by local and remote address.',
  ],
  ['weight', 'weight', 'Weight by local and remote address.'],
]);

/** Returns the metrics of the traffic through all of IPVS, with names that begin with `prefix`. */
export function statisticsMetrics(
  prefix: 'ipvs' | 'node_ipvs',
  statistics: CounterValues,
): readonly MetricFamily[] {
  return COUNTERS.map(({ counter, suffix, unit, description }) => ({
    name: `${prefix}_${suffix}`,
    type: 'counter',
    unit,
    help: `${description}, including those of services that have since been removed.`,
    samples: [{ value: statistics[counter] }],
  }));
}

/** Returns the metrics of the numbers of services and destinations. */
export function countMetrics(services: number, destinations: number): readonly MetricFamily[] {
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
