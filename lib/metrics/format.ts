/** A text format of metrics: Prometheus (0.0.4) or OpenMetrics (1.0.0). */
export type MetricsFormat = 'prometheus' | 'openmetrics';

/** The value of the header Content-Type for each format. */
export const metricsContentTypes: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/**
 * Returns the format that a scraper prefers, by the value of its header Accept: Prometheus, unless
 * OpenMetrics is listed with the same or a higher quality.
 */
export function acceptedFormat(accept: string): MetricsFormat {
  let best: MetricsFormat = 'prometheus';
  let highest = 0;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const values = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string]));
    const quality = Number(values.get('q') ?? 1);
    const format = formatOf(type, values.get('version'));
    if (format === undefined || !(quality > 0 && quality <= 1)) continue;
    if (quality < highest || (quality === highest && format === 'prometheus')) continue;
    highest = quality;
    best = format;
  }
  return best;
}

/** Returns the format with this media type, and with this version if one is given. */
function formatOf(type: string, version?: string): MetricsFormat | undefined {
  const start = version === undefined ? `${type};` : `${type}; version=${version};`;
  return (['prometheus', 'openmetrics'] as const).find((format) =>
    metricsContentTypes[format].startsWith(start),
  );
}
