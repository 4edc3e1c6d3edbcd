import type { CounterValues } from '../../protocol/ipvs/index.ts';
import { FieldError } from '../../protocol/netlink/index.ts';
import { type OptionCheck, type OptionChecks, oneOf } from '../netlink/request/check-options.ts';
import type { MetricFamily } from './family.ts';
import type { MetricsFormat } from './format.ts';
import { type MetricsLabel, metricsLabels, type ServiceNames } from './labels.ts';

/**
 * Under which names metrics are written: this package's (`ipvs_*`), node_exporter's (`node_ipvs_*`), or both, one after
 * the other.
 */
export type MetricNaming = 'ipvs' | 'node' | 'both';

/** Options of `metricsText`. */
export interface MetricsOptions {
  /** The text format. Default: `prometheus`. */
  readonly format?: MetricsFormat | undefined;
  /** Under which names the metrics are written. Default: `ipvs`. */
  readonly naming?: MetricNaming | undefined;
  /**
   * The labels to write. Values of services and destinations that differ only in labels not selected are
   * summed: with `service` alone there is one value for each service. In the metrics of node_exporter these
   * labels have other names, such as `local_address`, and `service` and `family` are never written. Default:
   * all but `family`.
   */
  readonly labels?: readonly MetricsLabel[] | undefined;
  /**
   * Names of services by the text of their keys (see `serviceKeyText`), for the label `service`; services
   * without a name are labelled with their key. A desired-state file can contain them:
   * `readDesiredState(file).names`.
   */
  readonly serviceNames?: ServiceNames | undefined;
  /** The traffic through all of IPVS, from `readStatistics`. Default: none is written. */
  readonly statistics?: CounterValues | undefined;
  /** Further metrics, written after the table's. */
  readonly families?: Iterable<MetricFamily> | undefined;
}

const labels: OptionCheck = (name, value) => {
  if (!Array.isArray(value)) throw new FieldError(name, value, 'must be an array of labels');
  for (const label of value)
    if (!metricsLabels.includes(label))
      throw new FieldError(name, label, `is not a label; the labels are ${metricsLabels.join(', ')}`);
};

const serviceNames: OptionCheck = (name, value) => {
  if (!(value instanceof Map))
    throw new FieldError(name, value, 'must be a Map from the keys of services to names');
};

const object: OptionCheck = (name, value) => {
  if (typeof value !== 'object' || value === null) throw new FieldError(name, value, 'must be an object');
};

export const metricsChecks: OptionChecks<MetricsOptions> = {
  format: oneOf('prometheus', 'openmetrics'),
  naming: oneOf('ipvs', 'node', 'both'),
  labels,
  serviceNames,
  statistics: object,
  families: object,
};
