import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ipvs } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { type CounterValues, counterNames } from '../../../../protocol/index.ts';
import { readMetrics } from '../../metrics/read-metrics.ts';
import { runIpvs } from '../run-ipvs.ts';
import { serveExporter } from './serve-exporter.ts';

const WEB = ['-t', '192.0.2.1:80'];

async function kernelWithTable(): Promise<FakeKernel> {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  await runIpvs(kernel, ['-A', ...WEB, '-s', 'wlc']);
  await runIpvs(kernel, ['-a', ...WEB, '-r', '198.51.100.7:8080', '-m', '-w', '3', '-x', '9']);
  return kernel;
}

const LABELS = 'protocol="tcp",address="192.0.2.1",port="80"';

test('metrics are served in the format that the scraper prefers, until the process is asked to end', async () => {
  const statistics = Object.fromEntries(counterNames.map((name) => [name, 2n ** 60n + 1n])) as CounterValues;
  const exporter = await serveExporter(await kernelWithTable(), [], {
    readStatistics: async () => statistics,
  });
  for (const [accept, format, type] of [
    ['*/*', 'prometheus', 'text/plain; version=0.0.4; charset=utf-8'],
    [
      'application/openmetrics-text',
      'openmetrics',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
  ] as const) {
    const response = await exporter.get('/metrics', accept);
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, type]);
    const families = readMetrics(await response.text(), format);
    const suffix = format === 'prometheus' ? '_total' : '';
    assert.equal(families.get(`ipvs_connections${suffix}`)?.samples.get(''), '1152921504606846977');
    const labels = `service="tcp 192.0.2.1:80",${LABELS}`;
    assert.equal(families.get(`ipvs_service_connections${suffix}`)?.samples.get(labels), '0');
    assert.ok(families.has(`process_cpu_seconds${suffix}`));
  }
  assert.equal((await exporter.get('/')).status, 404);
  const health = await exporter.get('/healthz');
  assert.deepEqual([health.status, await health.text()], [200, 'ok\n']);
  const { status, output } = await exporter.stop();
  assert.deepEqual([status, output], [0, '']);
  await assert.rejects(exporter.get('/healthz'));
});

test('labels and names of metrics are those that the options select', async () => {
  const exporter = await serveExporter(await kernelWithTable(), [
    '--names',
    'both',
    '--labels',
    'protocol,destination_port',
  ]);
  const families = readMetrics(await (await exporter.get('/metrics')).text(), 'prometheus');
  assert.deepEqual(
    [...families.get('ipvs_destination_weight')!.samples],
    [['protocol="tcp",destination_port="8080"', '3']],
  );
  assert.deepEqual(
    [...families.get('node_ipvs_backend_weight')!.samples],
    [['proto="TCP",remote_port="8080"', '3']],
  );
  assert.ok(!families.has('ipvs_connections_total'), 'there are no statistics');
  await exporter.stop();
});

test('services have the names in a file, which is read again when it has changed', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-exporter-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'names.json');
  const put = (text: string): void => writeFileSync(file, text);
  const named = (name: string): string =>
    `{"services":[{"name":"${name}","protocol":"tcp","address":"192.0.2.1","port":80,"scheduler":"rr","destinations":[]}]}`;
  put(named('web'));
  const exporter = await serveExporter(await kernelWithTable(), [
    '--labels',
    'service',
    '--service-names',
    file,
  ]);
  const names = async (): Promise<string[]> => {
    const families = readMetrics(await (await exporter.get('/metrics')).text(), 'prometheus');
    return [...families.get('ipvs_service_connections_total')!.samples.keys()];
  };
  assert.deepEqual(await names(), ['service="web"']);
  put(named('the web'));
  assert.deepEqual(await names(), ['service="the web"']);
  put('{');
  assert.deepEqual([await names(), await names()], [['service="the web"'], ['service="the web"']]);
  assert.equal(exporter.errors().split('names.json:1').length, 2, exporter.errors());
  put('{"services":[{"name":"a"},\n{"name":"b"}]}');
  await names();
  assert.match(exporter.errors(), /^ipvs: \S+names\.json:2:1: [^\n]*$/m, 'a line for each error');
  await exporter.stop();
});

test('scrapes at the same time share one dump', async () => {
  const kernel = await kernelWithTable();
  const client = await Ipvs.open({ transport: kernel.connect() });
  let dumps = 0;
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const records: Ipvs['records'] = async (options) => {
    dumps++;
    await released;
    return await Ipvs.prototype.records.call(client, options);
  };
  let requested = 0;
  const exporter = await serveExporter(kernel, [], {
    openAsync: async () => Object.assign(client, { records }),
  });
  const scrapes = Array.from({ length: 5 }, async () => {
    const response = exporter.get('/metrics');
    requested++;
    return readMetrics(await (await response).text(), 'prometheus');
  });
  // The dump is still in progress when this response arrives; all the requests have arrived before it.
  assert.equal((await exporter.get('/healthz')).status, 200);
  assert.deepEqual([requested, dumps], [5, 1]);
  release();
  for (const scrape of await Promise.all(scrapes))
    assert.equal(scrape.get('ipvs_exporter_dumps_total')!.samples.get(''), '1');
  await (await exporter.get('/metrics')).text();
  assert.equal(dumps, 2);
  await exporter.stop();
});

test('while IPVS is missing the status is 503, and afterwards 200 again', async () => {
  const kernel = await kernelWithTable();
  const exporter = await serveExporter(kernel);
  kernel.unloadModule();
  for (const path of ['/metrics', '/healthz']) {
    const response = await exporter.get(path);
    assert.equal(response.status, 503);
    assert.match(await response.text(), /^this kernel has no IPVS; load the module with: modprobe ip_vs/);
  }
  kernel.loadModule();
  for (const path of ['/metrics', '/healthz']) assert.equal((await exporter.get(path)).status, 200);
  await exporter.stop();
});

test('a module that is missing at the start is loaded; if it cannot be, the exporter ends', async () => {
  const kernel = new FakeKernel({ loaded: false });
  const { status, errors } = await runIpvs(kernel, ['exporter', '--listen', '0']);
  assert.deepEqual([status, errors.split(';')[0]], [2, 'ipvs: this kernel has no IPVS']);
  const exporter = await serveExporter(kernel, [], {
    loadModule: async () => {
      kernel.loadModule();
      return true;
    },
  });
  assert.equal((await exporter.get('/healthz')).status, 200);
  await exporter.stop();
});

test("a fake kernel's file is served as it is at each scrape", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-exporter-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const fake = `--fake=${join(folder, 'table.json')}`;
  const kernel = new FakeKernel();
  const exporter = await serveExporter(kernel, [fake]);
  const services = async (): Promise<string | undefined> =>
    readMetrics(await (await exporter.get('/metrics')).text(), 'prometheus')
      .get('ipvs_services')
      ?.samples.get('');
  assert.equal(await services(), '0');
  await runIpvs(kernel, ['-A', ...WEB, fake]);
  assert.equal(await services(), '1');
  await exporter.stop();
});

test('options that cannot be used are reported before anything is opened', async (context) => {
  const kernel = new FakeKernel();
  const taken = createServer().listen(0, '127.0.0.1');
  context.after(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  for (const [words, message] of [
    [
      ['--listen', 'nowhere'],
      '--listen must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, but is "nowhere"',
    ],
    [['--labels', 'adress'], '--labels adress: no such label; did you mean address?'],
    [['--names', 'mine'], '--names mine: must be ipvs or node or both (see ipvs exporter --help)'],
    [['--listen', String(port)], `--listen 127.0.0.1:${port}: listen EADDRINUSE: address already in use`],
    [['--service-names', '/nowhere'], '/nowhere: no such file or directory (stat: ENOENT)'],
  ] as const) {
    const { status, errors, output } = await runIpvs(kernel, ['exporter', ...words]);
    assert.deepEqual([status, errors, output], [2, `ipvs: ${message}\n`, '']);
  }
});
