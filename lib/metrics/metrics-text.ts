import type { ServiceRecords } from '../../protocol/ipvs/index.ts';
import { checkOptions } from '../netlink/request/check-options.ts';
import { endText, familyText, type MetricFamily } from './family.ts';
import type { MetricsFormat } from './format.ts';
import { DEFAULT_LABELS, ipvsLabels, type Labels, nodeExporterLabels } from './labels.ts';
import { type MetricsOptions, metricsChecks } from './options.ts';
import { seriesOf } from './series.ts';
import {
  countFamilies,
  destinationFamilies,
  destinationInfo,
  nodeExporterFamilies,
  serviceFamilies,
  serviceInfo,
  statisticsFamilies,
} from './table-families.ts';

/**
 * Yields the metrics of a table as text in chunks of about 64 KiB. Only the table's records (`records()` of a
 * client) and the labels of each object are held in memory. Counters are exact to 64 bits.
 *
 * Throws a FieldError for bad options when the first chunk is requested.
 */
export function* metricsText(records: ServiceRecords, options: MetricsOptions = {}): Generator<string> {
  checkOptions(options, metricsChecks);
  const { format = 'prometheus', names = 'ipvs', statistics, families = [] } = options;
  const labels: Labels = {
    selected: new Set(options.labels ?? DEFAULT_LABELS),
    serviceNames: options.serviceNames ?? new Map(),
  };
  if (names !== 'node') {
    if (statistics !== undefined) yield textOf(statisticsFamilies('ipvs', statistics), format);
    yield* ipvsText(records, labels, format);
  }
  if (names !== 'ipvs') {
    if (statistics !== undefined) yield textOf(statisticsFamilies('node_ipvs', statistics), format);
    const { destinations } = seriesOf(records, nodeExporterLabels, labels);
    for (const family of nodeExporterFamilies) yield* destinations.family(family, format);
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

function* ipvsText(records: ServiceRecords, labels: Labels, format: MetricsFormat): Generator<string> {
  const { services, destinations, destinationCount } = seriesOf(records, ipvsLabels, labels);
  yield textOf(countFamilies(records.length, destinationCount), format);
  yield* services.info(serviceInfo, format);
  for (const family of serviceFamilies) yield* services.family(family, format);
  yield* destinations.info(destinationInfo, format);
  for (const family of destinationFamilies) yield* destinations.family(family, format);
}
