import { printable } from '../../protocol/netlink/text/printable.ts';
import type { MetricsFormat } from './format.ts';

/** What a metric is, in the words of OpenMetrics. */
export interface MetricDescription {
  /** Name without the suffixes `_total` and `_info`, which its samples get; it ends with the unit where there is one. */
  readonly name: string;
  /** Kind of metric: `counter` only grows, `gauge` goes up and down, `info` is 1 and tells by its labels. */
  readonly type: 'counter' | 'gauge' | 'info';
  /** Unit, such as `bytes` or `seconds`; undefined for a number of things. */
  readonly unit?: 'bytes' | 'seconds' | undefined;
  /** What it tells, in one line. */
  readonly help: string;
}

/** A metric with all of its samples. */
export interface MetricFamily extends MetricDescription {
  /** The samples, of which no two have the same labels. */
  readonly samples: readonly MetricSample[];
}

/** A value of a metric. */
export interface MetricSample {
  /** Default: none. An empty value is the same as no label. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The value; bigints are exact. */
  readonly value: number | bigint;
}

const SUFFIXES = { counter: '_total', gauge: '', info: '_info' } as const;

/** The name that samples of a metric have. */
export function sampleName({ name, type }: MetricDescription): string {
  return `${name}${SUFFIXES[type]}`;
}

/** The lines that describe a metric, ahead of its samples. */
export function descriptionText(description: MetricDescription, format: MetricsFormat): string {
  const { name, type, unit, help } = description;
  if (format === 'openmetrics') {
    const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`;
    return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${help}\n`;
  }
  const sample = sampleName(description);
  return `# HELP ${sample} ${help}\n# TYPE ${sample} ${type === 'info' ? 'gauge' : type}\n`;
}

/** The value of a label between its quotes. Characters that are not printable stand as {@link printable} has them. */
export function labelValue(value: string): string {
  const shown = printable(value);
  return /["\\]/.test(shown) ? shown.replaceAll(/["\\]/g, String.raw`\$&`) : shown;
}

/** A metric with its samples as text. */
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

/** What ends the text of all metrics: OpenMetrics has a mark for it, so that no part is taken for the whole. */
export function endText(format: MetricsFormat): string {
  return format === 'openmetrics' ? '# EOF\n' : '';
}
