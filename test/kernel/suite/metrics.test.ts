import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { IpvsSync, serviceKeyText } from '../../../lib/index.ts';
import { addNamespace, deleteNamespace, run, runIn } from './namespace.ts';

const name = 'metrics-suite';
const launcher = join(import.meta.dirname, '../../../lib/cli/launcher.cjs');
const EXPORTER = '127.0.0.1:10917';
const NODE_EXPORTER = '127.0.0.1:9100';
const PROMETHEUS = '127.0.0.1:9091';
/** Folder of Prometheus' samples and its configuration, in the memory of the guest. */
const FOLDER = '/tmp/prometheus-suite';

const rules = [
  '-A -t 203.0.113.1:80 -s wlc',
  '-a -t 203.0.113.1:80 -r 203.0.113.7:8080 -m -w 3',
  '-a -t 203.0.113.1:80 -r 203.0.113.8:8080 -g -w 0',
  '-A -t [2001:db8:ffff::1]:443 -s rr -p 60',
  '-a -t [2001:db8:ffff::1]:443 -r [2001:db8:ffff::7]:443 -m',
  '-A -u 203.0.113.1:53 -s rr',
  '-a -u 203.0.113.1:53 -r 203.0.113.7:53 -m -w 5',
  '-A -f 171 -s rr',
  '-a -f 171 -r 203.0.113.9:0 -g -w 7',
  '-A -f 171 -6 -s rr',
  '-a -f 171 -6 -r [2001:db8:ffff::9]:0 -g -w 9',
];

/** Fetches pages one after the other, each as soon as its server listens, and prints them as JSON. */
const FETCH = `
const pages = [];
for (const [url, accept] of JSON.parse(process.argv[1]))
  for (let tries = 0; ; tries++)
    try {
      pages.push(await (await fetch(url, { headers: { accept } })).text());
      break;
    } catch (error) {
      if (tries > 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
process.stdout.write(JSON.stringify(pages));
`;

/** Asks Prometheus until it has an answer to the first query, and prints its answers to the others as JSON. */
const QUERY = `
const [base, first, ...queries] = JSON.parse(process.argv[1]);
const ask = async (query) =>
  (await (await fetch(base + encodeURIComponent(query))).json()).data.result;
for (let tries = 0; ; tries++)
  try {
    if ((await ask(first)).length > 0) break;
    throw new Error('nothing was scraped');
  } catch (error) {
    if (tries > 1000) throw error;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
process.stdout.write(JSON.stringify(await Promise.all(queries.map(ask))));
`;

const CONFIGURATION = `
scrape_configs:
  - job_name: ipvs
    scrape_interval: 10s
    scrape_timeout: 10s
    static_configs: [{ targets: ['${EXPORTER}'] }]
`;

/** A sample as Prometheus' HTTP API returns it. */
interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** Values of the metrics in a text that have node_exporter's names for IPVS, by name and sorted labels. */
function nodeValues(text: string): Record<string, number> {
  const lines = text.matchAll(/^(node_ipvs_\w+)(?:\{(.*)\})? (\S+)$/gm);
  return Object.fromEntries(
    [...lines]
      .map(([, metric, labels = '', value]) => {
        const sorted = [...labels.matchAll(/\w+="[^"]*"/g)].map(([pair]) => pair).sort();
        return [`${metric} ${sorted.join()}`, Number(value)] as const;
      })
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

describe('metrics in a guest', () => {
  const children: ChildProcess[] = [];
  const start = (program: string, ...args: readonly string[]): void => {
    children.push(spawn('ip', ['netns', 'exec', name, program, ...args], { stdio: 'ignore' }));
  };
  let ours = '';
  let openMetrics = '';
  let theirs = '';

  before(async () => {
    addNamespace(name);
    run('modprobe', 'ip_vs');
    execFileSync('ip', ['netns', 'exec', name, 'ipvsadm', '-R'], { input: `${rules.join('\n')}\n` });
    for (let count = 0; count < 5; count++)
      runIn(name, 'bash', '-c', 'echo datagram > /dev/udp/203.0.113.1/53');
    // The kernel's estimator adds up counters every two seconds.
    await setTimeout(5000);
    start(process.execPath, launcher, 'exporter', '--listen', EXPORTER, '--names', 'both');
    const options = [
      '--collector.disable-defaults',
      '--collector.ipvs',
      `--web.listen-address=${NODE_EXPORTER}`,
    ];
    start('prometheus-node-exporter', ...options);
    const pages = [
      [`http://${EXPORTER}/metrics`, 'text/plain'],
      [`http://${EXPORTER}/metrics`, 'application/openmetrics-text'],
      [`http://${NODE_EXPORTER}/metrics`, 'text/plain'],
    ];
    const fetched = runIn(name, process.execPath, '--input-type=module', '-e', FETCH, JSON.stringify(pages));
    [ours = '', openMetrics = '', theirs = ''] = JSON.parse(fetched);
  });

  after(async () => {
    for (const child of children) {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
    }
    deleteNamespace(name);
    rmSync(FOLDER, { recursive: true, force: true });
  });

  it('promtool reports no problem', () => {
    const problems = execFileSync('promtool', ['check', 'metrics'], { input: ours, encoding: 'utf8' });
    assert.equal(problems, '');
  });

  it('values are those of node_exporter, under its names and labels', () => {
    const values = nodeValues(theirs);
    assert.equal(Object.keys(values).filter((key) => key.startsWith('node_ipvs_backend_weight')).length, 6);
    assert.deepEqual(nodeValues(ours), values);
    assert.ok(values['node_ipvs_incoming_packets_total ']! >= 5, theirs);
  });

  it('Prometheus scrapes them, and has the values of the table', () => {
    mkdirSync(FOLDER);
    writeFileSync(join(FOLDER, 'prometheus.yml'), CONFIGURATION);
    start(
      'prometheus',
      `--config.file=${join(FOLDER, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(FOLDER, 'samples')}`,
      `--web.listen-address=${PROMETHEUS}`,
    );
    const queries = ['sum_over_time(up[10m]) >= 2', 'up', 'ipvs_destination_weight'];
    const asked = JSON.stringify([`http://${PROMETHEUS}/api/v1/query?query=`, ...queries]);
    const answers = runIn(name, process.execPath, '--input-type=module', '-e', QUERY, asked);
    const [up, weights] = JSON.parse(answers) as readonly [Sample[], Sample[]];
    assert.deepEqual(
      up.map(({ value }) => value[1]),
      ['1'],
    );
    using client = IpvsSync.open({ netns: `/run/netns/${name}` });
    const table = client
      .dump()
      .services.flatMap((service) =>
        service.destinations.map(({ address, weight }) => [serviceKeyText(service), address, String(weight)]),
      );
    const scraped = weights.map(({ metric, value }) => [
      metric.service,
      metric.destination_address,
      value[1],
    ]);
    assert.deepEqual(scraped.map(String).sort(), table.map(String).sort());
    assert.equal(table.length, 6);
  });

  it('services and destinations have counters of their traffic in both formats', () => {
    for (const text of [ours, openMetrics]) {
      const packets =
        /^ipvs_service_incoming_packets_total\{service="udp 203\.0\.113\.1:53",.*\} (\d+)$/m.exec(text);
      assert.ok(Number(packets?.[1]) >= 5, text);
      assert.match(text, /^ipvs_destination_weight\{.*destination_address="2001:db8:ffff::9".*\} 9$/m);
    }
    assert.match(openMetrics, /\n# EOF\n$/);
  });
});
