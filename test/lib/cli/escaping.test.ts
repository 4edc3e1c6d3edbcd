import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openCapture } from '../../../lib/cli/capture/capture-client.ts';
import { IpvsSync } from '../../../lib/index.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { RecordingTransport } from '../capture/recording-transport.ts';
import { runIpvs } from './run-ipvs.ts';

const project = join(import.meta.dirname, '../../../..');
const launcher = join(project, 'dist/lib/cli/launcher.cjs');
const folder = mkdtempSync(join(tmpdir(), 'ipvs-escaping-'));
after(() => rmSync(folder, { recursive: true }));

/** Names that no known kernel has, but that a capture or another kernel may have; at most 15 bytes long. */
const UNSAFE_NAMES = [
  '\x1b]0;x\x07',
  'rr\n-C\n-A -f 9',
  '\x9b2J\x7f',
  '\u202egnp',
  '\u2066a\u2028b',
  'a\rb\tc',
  '-x',
];
/** Printable ASCII and line feeds. */
const PRINTABLE = /^[\n\x20-\x7e]*$/;

function kernelWith(name: string, options: ConstructorParameters<typeof FakeKernel>[0] = {}): FakeKernel {
  const kernel = new FakeKernel({
    schedulers: ['rr', name],
    persistenceEngines: [name],
    interfaces: { [name]: 1500 },
    ...options,
  });
  const client = IpvsSync.open({ transport: kernel.connect() });
  client.addService({ protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: name });
  client.addService({
    mark: 7,
    scheduler: 'rr',
    persistence: { timeout: 60 },
    persistenceEngine: name,
  });
  client.startDaemon({ role: 'master', interface: name, syncId: 1 });
  client.close();
  return kernel;
}

describe('unsafe names', () => {
  for (const name of UNSAFE_NAMES) {
    it(`are escaped in listings: ${JSON.stringify(name)}`, async () => {
      for (const singleDump of ['none', 'nested'] as const) {
        const kernel = kernelWith(name, { singleDump });
        for (const line of ['', '-Ln', '-Ln --tun-info', '-L -t 192.0.2.1:80', '-Ln --daemon']) {
          const { status, output, errors } = await runIpvs(kernel, line);
          assert.deepEqual([status, errors], [0, '']);
          assert.match(output, PRINTABLE, line);
          assert.ok(!/^(-C|b)/m.test(output), 'no line of its own');
        }
        const json = await runIpvs(kernel, '-L --json');
        assert.match(json.output, PRINTABLE);
        const { services } = JSON.parse(json.output);
        assert.deepEqual(
          services.map(({ scheduler }: { scheduler: string }) => scheduler).sort(),
          [name, 'rr'].sort(),
        );
        const daemons = await runIpvs(kernel, '-L --daemon --json');
        assert.match(daemons.output, PRINTABLE);
        assert.equal(JSON.parse(daemons.output).daemons[0].interface, name);
      }
    });

    it(`are not saved as rules, but as JSON: ${JSON.stringify(name)}`, async () => {
      for (const singleDump of ['none', 'nested'] as const) {
        const kernel = kernelWith(name, { singleDump });
        for (const line of ['-Sn', '-S', '-Sn --compat', '-Sn --lossless']) {
          const { status, output, errors } = await runIpvs(kernel, line);
          assert.deepEqual([status, output], [1, ''], line);
          assert.match(
            errors,
            /^ipvs: the (scheduler|persistence engine|interface) of [^\n]+ save with --json\n$/,
          );
          assert.match(errors, PRINTABLE);
        }
        await runIpvs(kernel, '-C');
        assert.equal((await runIpvs(kernel, '-Sn')).status, 0);
        assert.equal(
          (await runIpvs(kernel, '-Sn --lossless')).status,
          1,
          'the interface of a daemon as well',
        );
        const filled = kernelWith(name, { singleDump });
        const json = await runIpvs(filled, '-S --json --lossless');
        assert.match(json.output, PRINTABLE);
        const other = new FakeKernel({
          schedulers: ['rr', name],
          persistenceEngines: [name],
          interfaces: { [name]: 1500 },
        });
        const restored = await runIpvs(other, '-R', { input: json.output });
        assert.deepEqual([restored.status, restored.errors], [0, '']);
        assert.equal((await runIpvs(other, '-S --json --lossless')).output, json.output);
      }
    });

    it(`are escaped in the output about a capture: ${JSON.stringify(name)}`, async () => {
      const kernel = kernelWith(name);
      const recording = new RecordingTransport(kernel.connect());
      const client = IpvsSync.open({ transport: recording });
      client.info();
      client.dump({ strategy: 'per-service' });
      client.timeouts();
      client.daemons();
      const path = join(folder, `capture-${UNSAFE_NAMES.indexOf(name)}.pcap`);
      writeFileSync(path, recording.capture.bytes());
      const overrides = { open: async () => openCapture(path) };
      for (const line of [`decode ${path}`, `-Ln --from ${path}`, `-L --json --from ${path}`]) {
        const { status, output } = await runIpvs(kernel, line, { overrides });
        assert.equal(status, 0);
        assert.match(output, PRINTABLE, line);
      }
      const saved = await runIpvs(kernel, `-Sn --from ${path}`, { overrides });
      assert.deepEqual([saved.status, saved.output], [1, '']);
      assert.match(saved.errors, PRINTABLE);
    });

    it(`are escaped in messages about arguments and files: ${JSON.stringify(name)}`, async () => {
      const kernel = new FakeKernel();
      const missing = join(folder, name);
      for (const words of [
        [name],
        [`--${name}`],
        ['-A', '-t', `${name}:80`],
        ['-A', '-t', `10.0.0.1:${name}`],
        ['-A', '-t', '10.0.0.1:80', '-s', name],
        ['-A', '-t', '10.0.0.1:80', '-s', 'rr', '--pe', name],
        ['-A', '-t', '10.0.0.1:80', '-b', name],
        ['--start-daemon', 'master', '--mcast-interface', name],
        ['info', name],
        ['diff', missing],
        ['decode', missing],
        ['completion', name],
        ['apply', '--format', name, missing],
        [`--fake=${missing}/x`, '-A', '-f', '1'],
      ]) {
        const { status, output, errors } = await runIpvs(kernel, words);
        assert.ok(status > 0, words.join(' '));
        assert.equal(output, '');
        assert.match(errors, PRINTABLE);
        assert.match(errors, /^(ipvs: [^\n]+\n)+$/);
      }
      const rules = await runIpvs(kernel, '-R', { input: `-A -t 10.0.0.1:80 -s ${name}\n${name}\n` });
      assert.match(rules.errors, PRINTABLE);
    });
  }

  it('are escaped in the persistence engine data of connections, which clients choose', async () => {
    const connections = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
UDP C0000201 13C4 0A000001 13C4 0A010001 13C4 UDP         \x20   60 sip a\x1b[2J\x9b\u202e@x
`;
    for (const line of ['-Lnc --persistent-conn', '-L -c --json']) {
      const { status, output } = await runIpvs(new FakeKernel(), line, { connections });
      assert.equal(status, 0);
      assert.match(output, PRINTABLE);
      assert.match(output, /a\\+x1b\[2J/);
    }
  });

  it('are escaped in what the process writes', () => {
    const { status, stderr } = spawnSync(process.execPath, [launcher, '-A', '-t', 'a\x1b[2J\n\x9b:80'], {
      encoding: 'utf8',
    });
    assert.equal(status, 2);
    assert.match(stderr, PRINTABLE);
    assert.match(stderr, /^ipvs: -t a\\x1b\[2J\\x0a\\x9b:80: [^\n]+\n$/);
  });
});

describe('long arguments', () => {
  it('take time in proportion to their length', async () => {
    const kernel = new FakeKernel();
    const spent = async (size: number, part: string): Promise<number> => {
      const text = `a${part.repeat(size / part.length)}b`;
      const { user } = process.cpuUsage();
      for (const words of [
        ['-A', '-t', `${text}:80`],
        ['-A', '-t', `10.0.0.1:${text}`],
        ['-A', '-t', text, '-M', text],
        ['-A', '-f', text],
        ['-A', '-f', '5', '-p', text],
        ['--start-daemon', 'master', '--mcast-group', text],
        [text],
        [`--${text}`],
        ['info', text],
      ])
        assert.equal((await runIpvs(kernel, words)).output, '');
      await runIpvs(kernel, '-R', { input: `-A -t ${text}\n${text}\n-A -f 1 -s rr ${text}` });
      return process.cpuUsage().user - user;
    };
    for (const part of [' ', '\n', ' \n', ':', '.', '0', '[', '::', '%', '1.', 'é']) {
      // Linear time is far below this limit; quadratic time took a minute.
      const [short, long] = [await spent(15_000, part), await spent(120_000, part)];
      assert.ok(long < 32 * short + 500_000, `${JSON.stringify(part)}: ${long} us for 8 times ${short} us`);
    }
  });
});
