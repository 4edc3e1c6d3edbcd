import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { runIpvs } from '../run-ipvs.ts';

const LONG = 'a-host-with-a-name-that-is-longer-than-its-column';
const hosts = { [LONG]: ['10.0.0.1'] };

/** A destination as the state of the fake kernel takes it; `last` is the last byte of its address. */
const rawDestination = (
  last: number,
  port: number,
): { family: number; address: Uint8Array; port: number } => ({
  family: 2,
  address: Uint8Array.of(10, 0, 0, last, ...new Uint8Array(12)),
  port,
});

async function kernelWithTable(): Promise<FakeKernel> {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const rules = [
    '-A -t 192.0.2.1:80 -s rr',
    '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m',
    '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 0',
    '-A -t 192.0.2.1:443 -s rr',
    '-a -t 192.0.2.1:443 -r 10.0.0.2:443 -m',
    '-A -u 192.0.2.1:53 -s rr',
    '-A -t 192.0.2.2:80 -s rr',
    '-a -t 192.0.2.2:80 -r 10.0.0.3:80 -m -w 0',
  ];
  const run = await runIpvs(kernel, '-R', { input: rules.join('\n') });
  assert.equal(run.errors, '');
  const service = (last: number, port: number): object => ({
    ...rawDestination(0, port),
    protocol: 6,
    address: Uint8Array.of(192, 0, 2, last, ...new Uint8Array(12)),
  });
  kernel.state.setConnections(service(1, 80), rawDestination(2, 80), { active: 5 });
  kernel.state.setConnections(service(1, 80), rawDestination(1, 80), { active: 1 });
  kernel.state.setConnections(service(1, 443), rawDestination(2, 443), { active: 7 });
  kernel.state.setDestinationCounters(service(2, 80), rawDestination(3, 80), {
    connectionRate: 9n,
    incomingByteRate: 4n,
    connections: 3n,
  });
  return kernel;
}

/** The endpoints in a listing, without the first three bytes of their addresses. */
async function listed(options: string): Promise<string[]> {
  const { status, output, errors } = await runIpvs(await kernelWithTable(), `-Ln ${options}`);
  assert.deepEqual([status, errors], [0, ''], options);
  return output
    .split('\n')
    .filter((line) => /\d+\.\d+\.\d+\.\d+:/.test(line))
    .map((line) => /\S+:\d+/.exec(line)![0].replace(/^192\.0\.2\.|^10\.0\.0\./, ''));
}

describe('a selection of the table', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', '1:80 1:80 2:80 1:443 2:443 2:80 3:80 1:53'],
    ['-t 192.0.2.1', '1:80 1:80 2:80 1:443 2:443'],
    ['-t 192.0.2.1:443', '1:443 2:443'],
    ['-u 192.0.2.1', '1:53'],
    ['-r 10.0.0.2', '1:80 2:80 1:443 2:443'],
    ['-r 10.0.0.2:443', '1:443 2:443'],
    ['-w 0', '1:80 2:80 2:80 3:80'],
    ['-t 192.0.2.1 -w 0', '1:80 2:80'],
    ['-r 10.0.0.9', ''],
    ['--sort', '1:80 1:80 2:80 1:443 2:443 2:80 3:80 1:53'],
    ['--sort=conns', '1:443 2:443 1:80 2:80 1:80 2:80 3:80 1:53'],
    ['--sort=rate', '2:80 3:80 1:80 1:80 2:80 1:443 2:443 1:53'],
    ['--sort=bytes -w 0', '2:80 3:80 1:80 2:80'],
    ['--sort=total --stats', '2:80 3:80 1:80 1:80 2:80 1:443 2:443 1:53'],
  ];
  for (const [options, wanted] of cases) {
    it(`is listed by -L ${options}`, async () => {
      assert.deepEqual(
        await listed(options),
        wanted.split(' ').filter((word) => word !== ''),
      );
    });
  }

  it('is refused where no service matches, as a single service that does not exist is', async () => {
    const { status, errors } = await runIpvs(await kernelWithTable(), '-L -t 192.0.2.9');
    assert.deepEqual([status, errors], [1, 'ipvs: there is no such service\n']);
  });

  it('is no selection with --compat, where a missing port is port 0', async () => {
    const { errors } = await runIpvs(await kernelWithTable(), '-L -t 192.0.2.1 --compat');
    assert.match(errors, /192\.0\.2\.1:0/);
  });

  it('is JSON in the same order, also with one object per line', async () => {
    const kernel = await kernelWithTable();
    const document = JSON.parse((await runIpvs(kernel, '-L --json -w 0 --sort=rate')).output);
    const { output } = await runIpvs(kernel, '-L --json-lines -w 0 --sort=rate');
    const each = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(each, document.services);
    assert.deepEqual(
      each.map(({ address, destinations }) => [address, destinations.length]),
      [
        ['192.0.2.2', 1],
        ['192.0.2.1', 1],
      ],
    );
  });

  it('has wide columns with --wide', async () => {
    const kernel = await kernelWithTable();
    const narrow = (await runIpvs(kernel, '-L', { hosts })).output;
    assert.ok(!narrow.includes(`${LONG}:`));
    for (const options of ['', '--stats', '--rate', '--thresholds', '--persistent-conn', '--tun-info']) {
      const { output } = await runIpvs(kernel, `-L --wide ${options}`, { hosts });
      const rows = output.split('\n').filter((line) => line.startsWith('  -> ') && !line.includes('Remote'));
      const columns = rows.map((line) => /^ {2}-> \S+ +/.exec(line)![0].length);
      assert.equal(
        rows.some((line) => line.startsWith(`  -> ${LONG}:http`)),
        true,
        options,
      );
      if (options !== '--stats' && options !== '--rate') assert.equal(new Set(columns).size, 1, options);
      // Nothing else than the width is different.
      const { output: plain } = await runIpvs(kernel, `-Ln ${options}`);
      const { output: wide } = await runIpvs(kernel, `-Ln --wide ${options}`);
      assert.equal(wide, plain, options);
    }
    const { output } = await runIpvs(kernel, '-L --wide', { hosts });
    const [, , header, , first] = output.split('\n');
    assert.equal(header!.indexOf('Forward'), first!.indexOf('Masq'));
  });

  it('does not change the table', async () => {
    const kernel = await kernelWithTable();
    const client = IpvsSync.open({ transport: kernel.connect() });
    const before = JSON.stringify(client.dump().services);
    await runIpvs(kernel, '-L -w 0 --sort=conns --wide');
    assert.equal(JSON.stringify(client.dump().services), before);
  });
});
