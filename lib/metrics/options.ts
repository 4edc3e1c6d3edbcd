import type { CounterValues } from '../../protocol/ipvs/index.ts';
import { FieldError } from '../../protocol/netlink/index.ts';
import { type OptionCheck, type OptionChecks, oneOf } from '../netlink/request/check-options.ts';
import type { MetricFamily } from './family.ts';
import type { MetricsFormat } from './format.ts';
import { type MetricsLabel, metricsLabels, type ServiceNames } from './labels.ts';

/** Whose names metrics have: this package's (`ipvs_*`), node_exporter's (`node_ipvs_*`), or both one after the other. */
export type MetricNames = 'ipvs' | 'node' | 'both';

/** What is written of a table, and how. */
export interface MetricsOptions {
  /** Default: `prometheus`. */
  readonly format?: MetricsFormat | undefined;
  /** Default: `ipvs`. */
  readonly names?: MetricNames | undefined;
  /**
   * The labels to write. Values of services and destinations that differ only in others are added up: with `service`
   * alone there is one value for each service. node_exporter's names have the labels that stand for them there, and none
   * for `service` and `family`. Default: all but `family`.
   */
  readonly labels?: readonly MetricsLabel[] | undefined;
  /**
   * Names of services by their keys as text (see `serviceKeyText`), for the label `service`; it is the key where there
   * is none. A desired state's file can give them: `readDesiredTable(file).names`.
   */
  readonly serviceNames?: ServiceNames | undefined;
  /** The traffic through all of IPVS, from `readStatistics`. Default: it is left out. */
  readonly statistics?: CounterValues | undefined;
  /** Metrics to be written behind those of the table. */
  readonly families?: Iterable<MetricFamily> | undefined;
}

const labels: OptionCheck = (name, value) => {
  if (!Array.isArray(value)) throw new FieldError(name, value, 'must be a list of labels');
  for (const label of value)
    if (!metricsLabels.includes(label))
      throw new FieldError(name, label, `must be labels; there are ${metricsLabels.join(', ')}`);
};

const names: OptionCheck = (name, value) => {
  if (!(value instanceof Map)) throw new FieldError(name, value, 'must be a Map of names by keys');
};

const object: OptionCheck = (name, value) => {
  if (typeof value !== 'object' || value === null) throw new FieldError(name, value, 'must be an object');
};

export const metricsChecks: OptionChecks<MetricsOptions> = {
  format: oneOf('prometheus', 'openmetrics'),
  names: oneOf('ipvs', 'node', 'both'),
  labels,
  serviceNames: names,
  statistics: object,
  families: object,
};
