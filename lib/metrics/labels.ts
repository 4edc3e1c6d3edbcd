import { type DestinationView, type ServiceView, serviceKeyText } from '../../protocol/ipvs/index.ts';
import { labelValue } from './family.ts';

/** The labels that series of the table can have, in the order in which they are written. */
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

/** The labels that series have by default. */
export const DEFAULT_LABELS: readonly MetricsLabel[] = metricsLabels.filter((label) => label !== 'family');

/** Names of services by their keys as text, such as `tcp 192.0.2.1:80`. */
export type ServiceNames = ReadonlyMap<string, string>;

/** How the labels of a set of names are written. */
export interface LabelScheme {
  /** The labels that come from a service. */
  readonly service: readonly LabelOf<ServiceView>[];
  /** The labels that come from a destination. */
  readonly destination: readonly LabelOf<DestinationView>[];
  /** Whether empty values are written. */
  readonly writesEmpty: boolean;
}

interface LabelOf<View> {
  readonly label: string;
  /** The label that stands for it in the option `labels`. */
  readonly of: MetricsLabel;
  readonly value: (view: View, names: ServiceNames) => string;
}

/** The labels of this package's own names. */
export const ownLabels: LabelScheme = {
  service: [
    { label: 'service', of: 'service', value: serviceName },
    { label: 'family', of: 'family', value: ({ family }) => family },
    { label: 'protocol', of: 'protocol', value: ({ protocol = '' }) => String(protocol) },
    { label: 'address', of: 'address', value: ({ address = '' }) => address },
    { label: 'port', of: 'port', value: ({ port = '' }) => String(port) },
    { label: 'mark', of: 'mark', value: ({ mark = '' }) => String(mark) },
  ],
  destination: [
    { label: 'destination_address', of: 'destination_address', value: ({ address }) => address },
    { label: 'destination_port', of: 'destination_port', value: ({ port }) => String(port) },
  ],
  writesEmpty: false,
};

/** The labels that node_exporter gives, from /proc/net/ip_vs: marks as eight hexadecimal digits, their port as 0. */
export const nodeLabels: LabelScheme = {
  service: [
    { label: 'local_address', of: 'address', value: ({ address = '' }) => address },
    { label: 'local_port', of: 'port', value: ({ port = 0 }) => String(port) },
    { label: 'proto', of: 'protocol', value: procProtocol },
    {
      label: 'local_mark',
      of: 'mark',
      value: ({ mark }) => mark?.toString(16).toUpperCase().padStart(8, '0') ?? '',
    },
  ],
  destination: [
    { label: 'remote_address', of: 'destination_address', value: ({ address }) => address },
    { label: 'remote_port', of: 'destination_port', value: ({ port }) => String(port) },
  ],
  writesEmpty: true,
};

function serviceName(service: ServiceView, names: ServiceNames): string {
  const key = serviceKeyText(service);
  return names.get(key) ?? key;
}

function procProtocol({ protocol }: ServiceView): string {
  if (protocol === undefined) return 'FWM';
  return String(protocol).toUpperCase();
}

/** Which labels are written, and the names of services. */
export interface Labels {
  readonly selected: ReadonlySet<MetricsLabel>;
  readonly names: ServiceNames;
}

/** A writer of the selected labels, such as `address="192.0.2.1",port="80"`. */
export function labelWriter<View>(
  labels: readonly LabelOf<View>[],
  { selected, names }: Labels,
  writesEmpty: boolean,
): (view: View) => string {
  const written = labels.filter(({ of }) => selected.has(of));
  return (view) => {
    let text = '';
    for (const { label, value } of written) {
      const shown = value(view, names);
      if (shown === '' && !writesEmpty) continue;
      text += `${text === '' ? '' : ','}${label}="${labelValue(shown)}"`;
    }
    return text;
  };
}
