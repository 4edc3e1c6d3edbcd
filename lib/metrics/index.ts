export type { MetricDescription, MetricFamily, MetricSample } from './family.ts';
export { acceptedFormat, type MetricsFormat, metricsContentTypes } from './format.ts';
export { type MetricsLabel, metricsLabels, type ServiceNames } from './labels.ts';
export { metricFamiliesText, metricsText } from './metrics-text.ts';
export type { MetricNaming, MetricsOptions } from './options.ts';
