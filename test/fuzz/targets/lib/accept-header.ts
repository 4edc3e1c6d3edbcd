import assert from 'node:assert/strict';
import { acceptedFormat } from '../../../../lib/metrics/index.ts';
import type { Target } from '../../target.ts';

const HEADERS = [
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  'text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
  'Application/OpenMetrics-Text; version=1.0.0; charset=utf-8',
  'text/plain, application/openmetrics-text;q=0',
];

/** Returns the highest quality with which a media type and version are accepted; 0 if they are not. */
function quality(header: string, type: string, version: string): number {
  let highest = 0;
  for (const range of header.toLowerCase().split(',')) {
    const [mediaType, ...parameters] = range.split(';').map((part) => part.trim());
    if (mediaType !== type) continue;
    const lastValue = (name: string): string | undefined =>
      parameters.findLast((one) => one === name || one.startsWith(`${name}=`))?.split('=')[1];
    const named = parameters.some((one) => one.split('=')[0] === 'version')
      ? lastValue('version')
      : undefined;
    if (named !== undefined && named !== version) continue;
    const value = Number(lastValue('q') ?? 1);
    if (value > highest && value <= 1) highest = value;
  }
  return highest;
}

export const target: Target = {
  format: {
    kind: 'text',
    dictionary: HEADERS.flatMap((header) => header.split(/(?<=[,;=])/)).concat(',', ';', '=', ' ', 'q=1e-9'),
  },
  coveredModules: ['lib/metrics/format.js'],
  seeds: () => HEADERS,
  run(input) {
    const header = Buffer.from(input).toString();
    const openMetrics = quality(header, 'application/openmetrics-text', '1.0.0');
    const plainText = quality(header, 'text/plain', '0.0.4');
    assert.equal(
      acceptedFormat(header),
      openMetrics > 0 && openMetrics >= plainText ? 'openmetrics' : 'prometheus',
    );
  },
};
