import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { type CounterValues, counterNames } from '../../../../protocol/index.ts';
import { readMetrics } from '../../metrics/read-metrics.ts';
import { runIpvs } from '../run-ipvs.ts';
import { serveExporter } from './serve-exporter.ts';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly definition?: string }[];
  };
}

const dashboard: Dashboard = JSON.parse(
  readFileSync(new URL('../../../../../lib/cli/exporter/grafana-dashboard.json', import.meta.url), 'utf8'),
);

/** Labels that Prometheus adds. */
const ADDED = ['instance', 'job'];
const SELECTOR = /(?<metric>\b[a-z]+_[a-z_]+)\{(?<labels>[^}]*)\}/g;

/** The labels of each metric that an exporter serves. */
async function servedLabels(): Promise<Map<string, Set<string>>> {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  await runIpvs(kernel, '-A -t 192.0.2.1:80');
  await runIpvs(kernel, '-a -t 192.0.2.1:80 -r 198.51.100.7:80 -m -x 9');
  const statistics = Object.fromEntries(counterNames.map((name) => [name, 1n])) as CounterValues;
  const exporter = await serveExporter(kernel, [], { readStatistics: async () => statistics });
  const families = readMetrics(await (await exporter.get('/metrics')).text(), 'prometheus');
  await exporter.stop();
  const labels = new Map<string, Set<string>>();
  for (const [name, { samples }] of families) {
    const found = [...samples.keys()].flatMap((text) =>
      [...text.matchAll(/([a-z_]+)="/g)].map(([, label]) => label!),
    );
    labels.set(name, new Set([...found, ...ADDED]));
  }
  return labels;
}

test('the dashboard asks for metrics and labels that are served, and shows counters as rates', async () => {
  const served = await servedLabels();
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const definitions = dashboard.templating.list.flatMap(({ definition = [] }) => definition);
  assert.ok(expressions.length > 15 && definitions.length > 3);
  for (const text of [...expressions, ...definitions]) {
    const selectors = [...text.matchAll(SELECTOR)].map(({ groups }) => groups!);
    const metrics = selectors.map(({ metric }) => metric!);
    if (metrics.length === 0) metrics.push(/label_values\((\w+),/.exec(text)![1]!);
    for (const metric of metrics) {
      const known = served.get(metric) ?? assert.fail(`${text}: there is no ${metric}`);
      for (const [, label] of text.matchAll(/(?<=[{,])([a-z_]+)=~/g))
        assert.ok(known.has(label!), `${text}: ${label}`);
      for (const [, list] of text.matchAll(/\bby \(([^)]*)\)/g))
        for (const label of list!.split(', ')) assert.ok(known.has(label), `${text}: ${label}`);
      assert.equal(metric.endsWith('_total'), text.includes(`rate(${metric}{`), text);
    }
    for (const [, variable] of text.matchAll(/\$([a-z]+)\b/g))
      assert.ok(
        dashboard.templating.list.some(({ name }) => name === variable),
        `${text}: $${variable}`,
      );
  }
});
