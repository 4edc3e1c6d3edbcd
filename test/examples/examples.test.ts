import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { Ipvs } from 'ipvs-netlink';
import { FakeKernel } from 'ipvs-netlink/testing';
import { busiestClients } from './busy-clients.ts';
import { followHealth } from './drain-unhealthy.ts';
import { linkStates } from './link-states.ts';
import { linkNames } from './list-links.ts';
import { loadServices } from './load-services.ts';
import { writeMetrics } from './metrics.ts';
import { reconcileFile } from './reconcile-file.ts';
import { alertOnZeroWeight } from './weight-alert.ts';

const SERVICE = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const DESTINATION = { address: '198.51.100.7', port: 8080 } as const;

async function withTable(use: (ipvs: Ipvs, kernel: FakeKernel) => Promise<void>): Promise<void> {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const ipvs = await Ipvs.open({ transport: kernel.connect() });
  try {
    await ipvs.addService({ ...SERVICE, scheduler: 'wlc' });
    await ipvs.addDestination(SERVICE, { ...DESTINATION, forwarding: 'masq', weight: 3 });
    await use(ipvs, kernel);
  } finally {
    await ipvs.close();
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 20_000;
  while (!(await condition())) {
    assert.ok(Date.now() < giveUp, 'it did not happen within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the examples', () => {
  test('counters as text for a metrics scraper', async () => {
    await withTable(async (ipvs) => {
      let text = '';
      const output = new Writable({
        write: (chunk, _encoding, done) => {
          text += chunk;
          done();
        },
      });
      await writeMetrics(ipvs, output, { labels: ['service', 'destination_address'] });
      assert.match(text, /^ipvs_service_incoming_bytes_total\{service="tcp 192\.0\.2\.1:80"\} 0$/m);
      const labels = '{service="tcp 192.0.2.1:80",destination_address="198.51.100.7"}';
      assert.ok(text.includes(`\nipvs_destination_weight${labels} 3\n`), text);
    });
  });

  test('draining a destination while its health check fails', async (context) => {
    context.mock.method(console, 'log', () => undefined);
    await withTable(async (ipvs) => {
      const weight = async (): Promise<number> => (await ipvs.destinations(SERVICE))[0]!.weight;
      async function* checks(): AsyncGenerator<boolean> {
        yield true;
        assert.equal(await weight(), 3);
        yield false;
        await until(async () => (await weight()) === 0);
        yield true;
      }
      await followHealth(ipvs, SERVICE, DESTINATION, 5, checks());
      assert.equal(await weight(), 5);
    });
  });

  test('a table that follows a file', async (context) => {
    context.mock.method(console, 'log', () => undefined);
    const errors = context.mock.method(console, 'error', () => undefined);
    const folder = mkdtempSync(join(tmpdir(), 'ipvs-example-'));
    const file = join(folder, 'table.json');
    const put = (text: string): void => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    };
    const table = (scheduler: string): string =>
      JSON.stringify({
        services: [{ ...SERVICE, scheduler, destinations: [{ ...DESTINATION, weight: 3 }] }],
      });
    try {
      await withTable(async (ipvs) => {
        put(table('rr'));
        const abort = new AbortController();
        const reconciler = reconcileFile(ipvs, file, abort.signal);
        const scheduler = async (): Promise<string> => (await ipvs.service(SERVICE)).scheduler;
        try {
          await until(async () => (await scheduler()) === 'rr');
          put('{ "services": [');
          await until(async () => errors.mock.callCount() > 0);
          put(table('sh'));
          await until(async () => (await scheduler()) === 'sh');
        } finally {
          abort.abort();
          await reconciler.stop();
        }
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('loading 5000 services', async () => {
    await withTable(async (ipvs) => {
      await loadServices(ipvs);
      assert.equal((await ipvs.services()).length, 5001);
      assert.ok(ipvs.stats.sends < 500, `${ipvs.stats.sends} datagrams`);
    });
  });

  test('an alert when a weight becomes 0', async () => {
    await withTable(async (ipvs) => {
      const alerts: string[] = [];
      const abort = new AbortController();
      const following = alertOnZeroWeight(ipvs, (text) => alerts.push(text), abort.signal);
      await ipvs.info();
      await ipvs.setWeight(SERVICE, DESTINATION, 0);
      await until(async () => alerts.length > 0);
      abort.abort(new Error('enough'));
      await assert.rejects(following, { message: 'enough' });
      assert.deepEqual(alerts, ['tcp 192.0.2.1:80 -> 198.51.100.7:8080']);
    });
  });

  test('the clients with the most connections', async () => {
    await withTable(async (ipvs, kernel) => {
      kernel.connections = `TCP CB007101 9C40 C0000201 0050 C6336407 1F90 ESTABLISHED 899
TCP CB007102 9C41 C0000201 0050 C6336407 1F90 ESTABLISHED 899
TCP CB007102 9C42 C0000201 0050 C6336407 1F90 FIN_WAIT 12
UDP CB007103 9C43 C0000201 0050 C6336407 1F90 UDP 299
`;
      assert.deepEqual(await busiestClients(ipvs, SERVICE, 10), [
        ['203.0.113.2', 2],
        ['203.0.113.1', 1],
      ]);
    });
  });

  test('the links of this machine', async () => {
    const names = await linkNames();
    assert.ok(names.includes('lo'));
  });

  test('asking a generic netlink family', async () => {
    const states = await linkStates();
    assert.ok(states.some(([name]) => name === 'lo'));
  });
});
