import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { runIpvs } from '../run-ipvs.ts';
import { ruleSets } from './rule-sets.ts';

const SERVICE = {
  family: 2,
  protocol: 6,
  address: Uint8Array.from({ length: 16 }, (_, i) => [10, 0, 0, 1][i] ?? 0),
  port: 80,
};
const SERVER = {
  family: 2,
  address: Uint8Array.from({ length: 16 }, (_, i) => [10, 1, 0, 1][i] ?? 0),
  port: 80,
};

describe('numbers', () => {
  const cases: readonly (readonly [bigint, string, string])[] = [
    [0n, '        0', '        0'],
    [99_999_999n, ' 99999999', ' 99999999'],
    [100_000_000n, '  100000K', ' 100000000'],
    [999_999_999n, '  999999K', ' 999999999'],
    [1_000_000_000n, '    1000M', ' 1000000000'],
    [99_999_999_999n, '   99999M', ' 99999999999'],
    [100_000_000_000n, '     100G', ' 100000000000'],
    [99_999_999_999_999n, '   99999G', ' 99999999999999'],
    [100_000_000_000_000n, '     100T', ' 100000000000000'],
    [18_446_744_073_709_551_615n, '18446744T', ' 18446744073709551615'],
  ];
  for (const [number, short, exact] of cases) {
    it(`${number} in totals and rates`, async () => {
      const kernel = new FakeKernel();
      kernel.state.addService(SERVICE, [SERVER]);
      const totals = { connections: number, incomingPackets: number, outgoingPackets: number };
      const bytes = { incomingBytes: number, outgoingBytes: number };
      const rates = {
        connectionRate: number,
        incomingPacketRate: number,
        outgoingPacketRate: number,
        incomingByteRate: number,
        outgoingByteRate: number,
      };
      kernel.state.setServiceCounters(SERVICE, { ...totals, ...bytes, ...rates });
      kernel.state.setDestinationCounters(SERVICE, SERVER, { ...totals, ...bytes, ...rates });
      const service = 'TCP  10.0.0.1:80'.padEnd(33);
      const server = '  -> 10.1.0.1:80'.padEnd(33);
      const lines = async (options: string): Promise<string[]> =>
        (await runIpvs(kernel, `-Ln ${options}`)).output.split('\n').slice(3);
      assert.deepEqual(await lines('--stats'), [service + short.repeat(5), server + short.repeat(5), '']);
      assert.deepEqual(await lines('--stats --exact'), [
        service + exact.repeat(5),
        server + exact.repeat(5),
        '',
      ]);
      // ipvsadm prints a server's first three rates in full.
      const full = ` ${String(number).padStart(8)}`.repeat(3);
      assert.deepEqual(await lines('--rate'), [
        service + short.repeat(5),
        server + full + short.repeat(2),
        '',
      ]);
      assert.deepEqual(await lines('--rate -X'), [
        service + exact.repeat(5),
        server + full + exact.repeat(2),
        '',
      ]);
    });
  }

  it('of connections', async () => {
    const kernel = new FakeKernel();
    kernel.state.addService(SERVICE, [SERVER]);
    kernel.state.setConnections(SERVICE, SERVER, { active: 4294967295, inactive: 12, persistent: 3 });
    const line = async (options: string): Promise<string | undefined> =>
      (await runIpvs(kernel, `-Ln ${options}`)).output.split('\n')[4];
    assert.equal(await line(''), '  -> 10.1.0.1:80                  Masq    1      4294967295 12        ');
    assert.equal(
      await line('--persistent-conn'),
      '  -> 10.1.0.1:80                  1         3           4294967295 12        ',
    );
  });
});

describe('where ipvsadm is wrong', () => {
  const wrong = ruleSets.filter(({ needsCompat }) => needsCompat);

  it('this command is right without --compat', async () => {
    const saved: string[] = [];
    for (const { rules } of wrong) {
      const kernel = new FakeKernel();
      await runIpvs(kernel, '-R', { input: rules.join('\n') });
      saved.push((await runIpvs(kernel, '-Sn')).output);
    }
    const all = saved.join('');
    assert.match(all, /^-A -f 4294967295 -s wlc$/m);
    assert.match(all, /^-A -t 10\.0\.0\.1:1 -s sh -b flag-3$/m);
    assert.match(all, /^-a .* -r 10\.1\.0\.1:80 -m -w 1 -x 100 -y 50$/m);
    const addresses = [...all.matchAll(/^-A -t ([\d.]+|\[.*\]):80 -s wlc$/gm)].map(([, address]) => address);
    const sorted = addresses.slice(addresses.indexOf('1.2.3.4'));
    assert.deepEqual(sorted.slice(0, 6), [
      '1.2.3.4',
      '10.0.0.1',
      '127.0.0.5',
      '128.0.0.1',
      '192.168.0.1',
      '200.1.1.1',
    ]);
    assert.deepEqual(sorted.slice(6), ['[::1]', '[2001::1]', '[7fff::1]', '[8000::1]', '[f800::1]']);
  });

  it('timeouts are saved when they are not the defaults', async () => {
    const kernel = new FakeKernel();
    await runIpvs(kernel, '--set 0 0 60');
    assert.equal((await runIpvs(kernel, '-Sn')).output, '--set 900 120 60\n');
    assert.equal((await runIpvs(kernel, '-Sn --compat')).output, '');
  });
});

describe('JSON', () => {
  it('has the table with exact counters', async () => {
    const kernel = new FakeKernel();
    kernel.state.addService(SERVICE, [SERVER]);
    kernel.state.setServiceCounters(SERVICE, { connections: 18_446_744_073_709_551_615n });
    const { output } = await runIpvs(kernel, '-L --json');
    const table = JSON.parse(output);
    assert.equal(table.version, '1.2.1');
    assert.equal(table.services[0].address, '10.0.0.1');
    assert.equal(table.services[0].counters.connections, '18446744073709551615');
    assert.equal(table.services[0].destinations[0].forwarding, 'masq');
    const one = JSON.parse((await runIpvs(kernel, '-L -t 10.0.0.1:80 --json')).output);
    assert.deepEqual(one.services, table.services);
  });

  it('has timeouts, daemons and connections', async () => {
    const kernel = new FakeKernel();
    await runIpvs(kernel, '--start-daemon master --mcast-interface eth0 --syncid 5');
    assert.deepEqual(JSON.parse((await runIpvs(kernel, '-L --timeout --json')).output), {
      timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
    });
    const { daemons } = JSON.parse((await runIpvs(kernel, '-L --daemon --json')).output);
    assert.equal(daemons[0].syncId, 5);
    const saved = JSON.parse((await runIpvs(kernel, '-S --lossless --json')).output);
    assert.deepEqual(Object.keys(saved), ['services', 'timeouts', 'daemons']);
    const connections =
      'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n' +
      'TCP 0A000001 AF4C 0A000001 0050 0A010001 0050 CLOSE             9\n';
    const listed = JSON.parse((await runIpvs(kernel, '-L -c --json', { connections })).output);
    assert.deepEqual(listed.connections[0].client, { family: 'ipv4', address: '10.0.0.1', port: 44876 });
    assert.equal(listed.connections[0].expires, 9);
  });
});

describe('connections', () => {
  const connections =
    'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n' +
    'TCP 0A000001 AF4C 0A000001 0050 0A010001 0050 ESTABLISHED     899\n' +
    'UDP 0A000001 1388 0A000001 13C4 0A010001 13C4 UDP             300 sip abc@def\n' +
    'TCP 2001:0db8:0000:0000:0000:0000:0000:0001 8000 2001:0db8:0000:0000:0000:0000:0000:0001 0050 2001:0db8:0000:0000:0000:0000:0000:0002 0050 CLOSE             6\n';

  it('are listed in the columns of ipvsadm', async () => {
    const { output } = await runIpvs(new FakeKernel(), '-Lnc --persistent-conn', { connections });
    assert.equal(
      output,
      'IPVS connection entries\n' +
        'pro expire state       source             virtual            destination        pe name          pe_data\n' +
        'TCP 14:59  ESTABLISHED 10.0.0.1:44876     10.0.0.1:80        10.1.0.1:80\n' +
        'UDP 05:00  UDP         10.0.0.1:5000      10.0.0.1:5060      10.1.0.1:5060    sip                abc@def\n' +
        'TCP 00:06  CLOSE       [2001:db8::1]:32768 [2001:db8::1]:80   [2001:db8::2]:80\n',
    );
    const named = await runIpvs(new FakeKernel(), '-L -c', { connections, hosts: { here: ['10.0.0.1'] } });
    assert.match(named.output, /^TCP 14:59 {2}ESTABLISHED here:44876 {9}here:http {10}10\.1\.0\.1:http$/m);
  });
});
