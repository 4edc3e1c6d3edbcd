import type { ServiceRecords } from '../../protocol/ipvs/index.ts';
import { checkOptions } from '../netlink/request/check-options.ts';
import { endText, familyText, type MetricFamily } from './family.ts';
import type { MetricsFormat } from './format.ts';
import { DEFAULT_LABELS, ipvsLabels, type LabelOptions, nodeExporterLabels } from './labels.ts';
import { type MetricsOptions, metricsChecks } from './options.ts';
import { seriesOf } from './series.ts';
import {
  countMetrics,
  destinationInfo,
  destinationMetrics,
  nodeExporterMetrics,
  serviceInfo,
  serviceMetrics,
  statisticsMetrics,
} from './table-metrics.ts';

/**
 * Yields the metrics of a table as text in chunks of about 64 KiB. Only the table's records (`records()` of a
 * client) and the labels of each service and destination are held in memory. Counters are exact to 64 bits.
 *
 * Throws a FieldError for bad options when the first chunk is requested.
 */
export function* metricsText(records: ServiceRecords, options: MetricsOptions = {}): Generator<string> {
  checkOptions(options, metricsChecks);
  const { format = 'prometheus', naming = 'ipvs', statistics, families = [] } = options;
  const labels: LabelOptions = {
    selected: new Set(options.labels ?? DEFAULT_LABELS),
    serviceNames: options.serviceNames ?? new Map(),
  };
  if (naming !== 'node') {
    if (statistics !== undefined) yield textOf(statisticsMetrics('ipvs', statistics), format);
    yield* ipvsText(records, labels, format);
  }
  if (naming !== 'ipvs') {
    if (statistics !== undefined) yield textOf(statisticsMetrics('node_ipvs', statistics), format);
    const { destinations } = seriesOf(records, nodeExporterLabels, labels);
    for (const metric of nodeExporterMetrics) yield* destinations.metric(metric, format);
  }
  yield metricFamiliesText(families, format);
}

/** Returns the complete text of metrics that do not describe a table, such as a process's. */
export function metricFamiliesText(families: Iterable<MetricFamily>, format: MetricsFormat): string {
  return `${textOf(families, format)}${endText(format)}`;
}

function textOf(families: Iterable<MetricFamily>, format: MetricsFormat): string {
  return Array.from(families, (family) => familyText(family, format)).join('');
}

function* ipvsText(records: ServiceRecords, labels: LabelOptions, format: MetricsFormat): Generator<string> {
  const { services, destinations, destinationCount } = seriesOf(records, ipvsLabels, labels);
  yield textOf(countMetrics(records.length, destinationCount), format);
  yield* services.info(serviceInfo, format);
  for (const metric of serviceMetrics) yield* services.metric(metric, format);
  yield* destinations.info(destinationInfo, format);
  for (const metric of destinationMetrics) yield* destinations.metric(metric, format);
}
