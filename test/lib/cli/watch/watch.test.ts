import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { OutputClosed } from '../../../../lib/cli/system.ts';
import { eventLine } from '../../../../lib/cli/watch/event-lines.ts';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { type Run, runIpvs } from '../run-ipvs.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipvs-watch-'));
after(() => rmSync(folder, { recursive: true }));
const web = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const server = { address: '198.51.100.7', port: 8080, forwarding: 'masq', weight: 10 } as const;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;

/** Runs `ipvs watch` until it has printed this many lines; after each calls `act` with its number, from 1. */
async function watch(
  words: string,
  kernel: FakeKernel,
  lines: number,
  act: (line: number) => unknown,
): Promise<Run> {
  let output = '';
  let line = 0;
  const run = await runIpvs(kernel, words, {
    overrides: {
      write: (text) => {
        output += text;
        void act(++line);
        if (line === lines) throw new OutputClosed();
      },
      // Polls without delay.
      open: async () => {
        const client = IpvsSync.open({ transport: kernel.connect() });
        const { watch: original } = client;
        return Object.assign(client, {
          watch: (options = {}) => original.call(client, { ...options, period: 0 }),
        });
      },
    },
  });
  return { ...run, output };
}

function kernelWithWeb(): { kernel: FakeKernel; writer: IpvsSync } {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const writer = IpvsSync.open({ transport: kernel.connect() });
  writer.addService({ ...web, scheduler: 'wlc' });
  writer.addDestination(web, server);
  return { kernel, writer };
}

describe('ipvs watch', () => {
  it('prints a line for each change', async () => {
    const { kernel, writer } = kernelWithWeb();
    const { status, output, errors } = await watch('watch', kernel, 7, (line) => {
      if (line === 1) writer.setWeight(web, server, 0);
      if (line === 2) writer.addService({ mark: 7, scheduler: 'rr', persistence: { timeout: 60 } });
      if (line === 3) writer.patchService({ mark: 7 }, { persistence: null });
      if (line === 4) writer.deleteService(web);
      if (line === 6) kernel.unloadModule();
    });
    assert.deepEqual([status, errors], [141, '']);
    const shown = output.trimEnd().split('\n');
    assert.ok(shown.every((line) => TIME.test(line)));
    assert.deepEqual(
      shown.map((line) => line.replace(TIME, '')),
      [
        '= watching; services: 1, real servers: 1',
        '~ tcp 192.0.2.1:80 -> 198.51.100.7:8080 weight=10->0',
        '+ mark 7 scheduler=rr persistence.timeout=60 persistence.netmask=255.255.255.255',
        '~ mark 7 persistence.timeout=60->(none) persistence.netmask=255.255.255.255->(none)',
        '- tcp 192.0.2.1:80 -> 198.51.100.7:8080',
        '- tcp 192.0.2.1:80',
        '? the module ip_vs was unloaded, and the table is gone',
      ],
    );
  });

  it('prints a JSON object for each change with --json, and with -t only those of that service', async () => {
    const { kernel, writer } = kernelWithWeb();
    const { output } = await watch('watch -t 192.0.2.1:80 --json', kernel, 3, (line) => {
      writer.addService({ mark: line, scheduler: 'rr' });
      if (line === 1) writer.setWeight(web, server, 0);
      if (line === 2) writer.deleteDestination(web, server);
    });
    const events = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      events.map(({ event }) => event),
      ['snapshot', 'destination-changed', 'destination-removed'],
    );
    const [, changed] = events;
    assert.deepEqual(changed.fields, [{ field: 'weight', previous: '10', current: '0' }]);
    assert.deepEqual(
      [changed.previous.weight, changed.current.weight, changed.destination.port],
      [10, 0, 8080],
    );
    assert.ok(!Number.isNaN(Date.parse(changed.time)));
  });

  it('shows what other commands do to the file of a fake kernel', async (context) => {
    const file = join(folder, 'table.json');
    context.mock.timers.enable({ apis: ['setTimeout'] });
    let lines = '';
    const kernel = new FakeKernel();
    await runIpvs(kernel, `--fake=${file} -A -t 192.0.2.1:80`);
    const watching = runIpvs(kernel, `--fake=${file} watch`, {
      overrides: {
        write: (text) => {
          lines += String(text).replace(TIME, '');
          if (lines.includes('- tcp')) throw new OutputClosed();
        },
      },
    });
    const tick = setInterval(() => context.mock.timers.tick(1000), 2);
    while (lines === '') await new Promise(setImmediate);
    await runIpvs(kernel, `--fake=${file} -D -t 192.0.2.1:80`);
    assert.equal((await watching).status, 141);
    clearInterval(tick);
    assert.equal(lines, '= watching; services: 1, real servers: 0\n- tcp 192.0.2.1:80\n');
  });

  it('says when changes could not be seen, and escapes text', () => {
    const time = new Date(0);
    const error = new Error('bad \x1b[2J');
    assert.equal(
      eventLine({ event: 'unreadable', time, error }, true),
      '1970-01-01T00:00:00.000Z \x1b[31m? the table cannot be read: bad \\x1b[2J; changes will be reported once it can be read again\x1b[39m\n',
    );
    assert.equal(
      eventLine({ event: 'snapshot', time, consistency: 'unknown', services: [] }, false),
      '1970-01-01T00:00:00.000Z = watching; services: 0, real servers: 0; the table kept changing while it was read; services that already existed may be reported as added\n',
    );
    for (const event of ['readable', 'module-loaded'] as const)
      assert.match(eventLine({ event, time }, false), /Z = the .* again\n$/);
  });

  it('refuses what it cannot do', async () => {
    for (const [words, message] of [
      ['watch --period 0', /--period 0: must be 1 or more/],
      ['watch --period 0.5', /must be a whole number of seconds/],
      ['watch -r 192.0.2.1:80', /watch --help/],
      ['watch -t 192.0.2.1:80 -u 192.0.2.1:80', /cannot be used with/],
      ['watch --from x.pcap', /--from: cannot be used with watch/],
    ] as const) {
      const { status, errors, sent } = await runIpvs(new FakeKernel(), words);
      assert.deepEqual([status, sent], [2, 0], words);
      assert.match(errors, message);
    }
  });
});
