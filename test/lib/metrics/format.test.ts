import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedFormat } from '../../../lib/metrics/index.ts';

/** The header Accept that Prometheus 2 and 3 send. */
const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

test('OpenMetrics is sent to scrapers that prefer it, and to no others', () => {
  for (const accept of [
    PROMETHEUS_2,
    PROMETHEUS_3,
    'application/openmetrics-text',
    'Application/OpenMetrics-Text; Version=1.0.0',
    'text/plain, application/openmetrics-text',
    'application/openmetrics-text;version=1.0.0, text/plain',
  ])
    assert.equal(acceptedFormat(accept), 'openmetrics', accept);
  for (const accept of [
    '',
    '*/*',
    'text/html',
    'text/plain;version=0.0.4',
    'application/openmetrics-text;version=2.0.0',
    'application/openmetrics-text;version=0.0.1',
    'application/openmetrics-text;q=0',
    'application/openmetrics-text;q=x',
    'application/openmetrics-text;q=0.4,text/plain;q=0.5',
    ';,;q',
  ])
    assert.equal(acceptedFormat(accept), 'prometheus', accept);
});
