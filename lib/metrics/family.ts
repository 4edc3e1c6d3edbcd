import { printable } from '../../protocol/netlink/text/printable.ts';
import type { MetricsFormat } from './format.ts';

/** Name, type, unit and help of a metric, as in OpenMetrics. */
export interface MetricDescription {
  /**
   * Name without the suffixes `_total` and `_info`, which are added to its samples; it must end with the unit
   * if there is one.
   */
  readonly name: string;
  /**
   * Type of metric: a `counter` only increases, a `gauge` may go up and down, an `info` has the value 1 and
   * its information in labels.
   */
  readonly type: 'counter' | 'gauge' | 'info';
  /** Unit, such as `bytes` or `seconds`; undefined for plain numbers. */
  readonly unit?: 'bytes' | 'seconds' | undefined;
  /** Description in one line. */
  readonly help: string;
}

/** A metric with all of its samples. */
export interface MetricFamily extends MetricDescription {
  /** The samples; no two may have the same labels. */
  readonly samples: readonly MetricSample[];
}

/** A value of a metric with its labels. */
export interface MetricSample {
  /** The labels by name; an empty value is the same as no label. Default: none. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The value; bigints are written exactly. */
  readonly value: number | bigint;
}

const SUFFIXES = { counter: '_total', gauge: '', info: '_info' } as const;

/** Returns the name of a metric's samples, with the suffix of its type. */
export function sampleName({ name, type }: MetricDescription): string {
  return `${name}${SUFFIXES[type]}`;
}

/** Returns the `# HELP`, `# TYPE` and `# UNIT` lines of a metric. */
export function descriptionText(description: MetricDescription, format: MetricsFormat): string {
  const { name, type, unit, help } = description;
  if (format === 'openmetrics') {
    const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`;
    return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${help}\n`;
  }
  const sample = sampleName(description);
  return `# HELP ${sample} ${help}\n# TYPE ${sample} ${type === 'info' ? 'gauge' : type}\n`;
}

/**
 * Returns the value of a label as written between its quotes; unprintable characters are escaped as by {@link
 * printable}.
 */
export function labelValue(value: string): string {
  const shown = printable(value);
  return /["\\]/.test(shown) ? shown.replaceAll(/["\\]/g, String.raw`\$&`) : shown;
}

/** Returns the text of a metric with its samples. */
export function familyText(family: MetricFamily, format: MetricsFormat): string {
  const name = sampleName(family);
  const lines = family.samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${labelValue(text)}"`);
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}\n`;
  });
  return `${descriptionText(family, format)}${lines.join('')}`;
}

function numberText(value: number | bigint): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/**
 * Returns the end of the text of all metrics: `# EOF` in OpenMetrics, by which a scraper recognises a
 * truncated response.
 */
export function endText(format: MetricsFormat): string {
  return format === 'openmetrics' ? '# EOF\n' : '';
}
