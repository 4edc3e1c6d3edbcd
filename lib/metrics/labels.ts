import { type DestinationView, type ServiceView, serviceKeyText } from '../../protocol/ipvs/index.ts';
import { labelValue } from './family.ts';

/** The labels that metrics of services and destinations can have, in the order in which they are written. */
export const metricsLabels = [
  'service',
  'family',
  'protocol',
  'address',
  'port',
  'mark',
  'destination_address',
  'destination_port',
] as const;

/** The name of a label. */
export type MetricsLabel = (typeof metricsLabels)[number];

/** The labels that are written by default. */
export const DEFAULT_LABELS: readonly MetricsLabel[] = metricsLabels.filter((label) => label !== 'family');

/** Names of services by the text of their keys, such as `tcp 192.0.2.1:80`. */
export type ServiceNames = ReadonlyMap<string, string>;

/** The labels of the metrics `ipvs_*`, or of node_exporter's metrics. */
export interface LabelScheme {
  /** The labels made from a service. */
  readonly service: readonly LabelOf<ServiceView>[];
  /** The labels made from a destination. */
  readonly destination: readonly LabelOf<DestinationView>[];
  /** Whether labels with empty values are written. */
  readonly writesEmpty: boolean;
}

interface LabelOf<View> {
  /** Name of the label as it is written. */
  readonly label: string;
  /** The name that selects this label in the option `labels`. */
  readonly selectedBy: MetricsLabel;
  readonly value: (view: View, serviceNames: ServiceNames) => string;
}

/** The labels of the metrics `ipvs_*`. */
export const ipvsLabels: LabelScheme = {
  service: [
    { label: 'service', selectedBy: 'service', value: serviceName },
    { label: 'family', selectedBy: 'family', value: ({ family }) => family },
    { label: 'protocol', selectedBy: 'protocol', value: ({ protocol = '' }) => String(protocol) },
    { label: 'address', selectedBy: 'address', value: ({ address = '' }) => address },
    { label: 'port', selectedBy: 'port', value: ({ port = '' }) => String(port) },
    { label: 'mark', selectedBy: 'mark', value: ({ mark = '' }) => String(mark) },
  ],
  destination: [
    { label: 'destination_address', selectedBy: 'destination_address', value: ({ address }) => address },
    { label: 'destination_port', selectedBy: 'destination_port', value: ({ port }) => String(port) },
  ],
  writesEmpty: false,
};

/**
 * The labels as node_exporter writes them, in the format of /proc/net/ip_vs: a mark is eight hexadecimal digits, and a
 * service with a mark has port 0.
 */
export const nodeExporterLabels: LabelScheme = {
  service: [
    { label: 'local_address', selectedBy: 'address', value: ({ address = '' }) => address },
    { label: 'local_port', selectedBy: 'port', value: ({ port = 0 }) => String(port) },
    { label: 'proto', selectedBy: 'protocol', value: procProtocol },
    {
      label: 'local_mark',
      selectedBy: 'mark',
      value: ({ mark }) => mark?.toString(16).toUpperCase().padStart(8, '0') ?? '',
    },
  ],
  destination: [
    { label: 'remote_address', selectedBy: 'destination_address', value: ({ address }) => address },
    { label: 'remote_port', selectedBy: 'destination_port', value: ({ port }) => String(port) },
  ],
  writesEmpty: true,
};

function serviceName(service: ServiceView, serviceNames: ServiceNames): string {
  const key = serviceKeyText(service);
  return serviceNames.get(key) ?? key;
}

function procProtocol({ protocol }: ServiceView): string {
  if (protocol === undefined) return 'FWM';
  return String(protocol).toUpperCase();
}

/** The labels selected by the option `labels`, and the names of services. */
export interface LabelOptions {
  readonly selected: ReadonlySet<MetricsLabel>;
  readonly serviceNames: ServiceNames;
}

/**
 * Returns a function that writes the selected labels of a service or destination, such as
 * `address="192.0.2.1",port="80"`.
 */
export function labelWriter<View>(
  labels: readonly LabelOf<View>[],
  { selected, serviceNames }: LabelOptions,
  writesEmpty: boolean,
): (view: View) => string {
  const written = labels.filter(({ selectedBy }) => selected.has(selectedBy));
  return (view) => {
    let text = '';
    for (const { label, value } of written) {
      const shown = value(view, serviceNames);
      if (shown === '' && !writesEmpty) continue;
      text += `${text === '' ? '' : ','}${label}="${labelValue(shown)}"`;
    }
    return text;
  };
}
