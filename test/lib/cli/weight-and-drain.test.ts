import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { IpvsSync } from '../../../lib/index.ts';
import { type Connections, FakeKernel } from '../../../lib/testing/index.ts';
import { runIpvs } from './run-ipvs.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipvs-servers-'));
after(() => rmSync(folder, { recursive: true }));

const RULES = `-A -t 10.0.0.1:80 -s wlc
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 5 -x 9 -y 2
-A -f 7 -6 -s rr -p 60
-a -f 7 -6 -r [2001:db8::1]:0 -m -w 3
`;
const rules = async (kernel: FakeKernel): Promise<string> => (await runIpvs(kernel, '-Sn')).output;
const bytes = (...first: number[]): Uint8Array => Uint8Array.from({ length: 16 }, (_, at) => first[at] ?? 0);

async function kernelWithTable(): Promise<FakeKernel> {
  const kernel = new FakeKernel();
  assert.equal((await runIpvs(kernel, '-R', { input: RULES })).status, 0);
  return kernel;
}

function setConnections(kernel: FakeKernel, connections: Connections): void {
  kernel.state.setConnections(
    { family: 2, protocol: 6, address: bytes(10, 0, 0, 1), port: 80 },
    { address: bytes(10, 1, 0, 1), port: 80 },
    connections,
  );
}

describe('ipvs weight', () => {
  it('sets the weight of a real server and nothing else of it, where -e would reset the rest', async () => {
    const kernel = await kernelWithTable();
    const before = await rules(kernel);
    const done = await runIpvs(kernel, 'weight -t 10.0.0.1:80 -r 10.1.0.1 0');
    assert.deepEqual([done.status, done.output, done.errors], [0, '', '']);
    assert.equal(await rules(kernel), before.replace('-w 5', '-w 0'));
    assert.equal((await runIpvs(kernel, 'weight 12 --fwmark-service=7 -6 -r [2001:db8::1]:0')).status, 0);
    assert.equal(await rules(kernel), before.replace('-w 5', '-w 0').replace('-w 3', '-w 12'));
    assert.equal((await runIpvs(kernel, '-e -t 10.0.0.1:80 -r 10.1.0.1:80 -w 5')).status, 0);
    assert.match(
      await rules(kernel),
      /-r 10\.1\.0\.1:80 -g -w 5\n/,
      '-e resets thresholds, as it does in ipvsadm',
    );
  });

  it('says what is wrong, and changes nothing', async () => {
    const kernel = await kernelWithTable();
    const before = await rules(kernel);
    for (const [line, message] of [
      [
        'weight -t 10.0.0.1:80 -r 10.1.0.1:80',
        'weight: needs a weight, 0 for no new connections (see ipvs weight --help)',
      ],
      [
        'weight -t 10.0.0.1:80 -r 10.1.0.1:80 heavy',
        'weight heavy: must be a whole number from 0 to 2147483647',
      ],
      [
        'weight -t 10.0.0.1:80 -r 10.1.0.1:80 2147483648',
        'weight 2147483648: must be a whole number from 0 to 2147483647',
      ],
      ['weight -t 10.0.0.1:80 5', 'a real server is missing: -r'],
      ['weight -r 10.1.0.1:80 5', 'a service is missing: -t, -u, --sctp-service or -f'],
      [
        'weight -t 10.0.0.1:80 -u 10.0.0.1:80 -r 10.1.0.1:80 5',
        '--udp-service: cannot be used with --tcp-service',
      ],
      ['weight -t 10.0.0.1:70000 -r 10.1.0.1:80 5', '--tcp-service 10.0.0.1:70000: port above 65535'],
      ['weight -t 10.0.0.1:80 -r 10.1.0.1:80 5 6', '6: unexpected with weight (see ipvs weight --help)'],
      ['weight -t 10.0.0.1:80 -r 10.1.0.1:80 -m 5', '-m: unknown option (see ipvs weight --help)'],
      [
        'weight -t 10.0.0.1:80 -r 10.1.0.9:80 5',
        'no destination 10.1.0.9:80 of service tcp 10.0.0.1:80 (GET_DEST: ENOENT)',
      ],
      ['weight -t 10.0.0.1:81 -r 10.1.0.1:80 5', 'no service tcp 10.0.0.1:81 (GET_SERVICE: ESRCH)'],
    ] as const) {
      const { status, output, errors } = await runIpvs(kernel, line);
      assert.deepEqual([status, output, errors], [2, '', `ipvs: ${message}\n`]);
    }
    assert.equal(await rules(kernel), before);
  });

  it('works on a fake kernel with its table in a file', async () => {
    const fake = `--fake=${join(folder, 'table')}`;
    const kernel = new FakeKernel();
    const { processSystem } = await import('../../../lib/cli/process-system.ts');
    const overrides = { open: processSystem.open };
    const run = async (line: string, input = ''): Promise<string> => {
      const { status, output, errors } = await runIpvs(kernel, line, { overrides, input });
      assert.deepEqual([status, errors], [0, ''], line);
      return output;
    };
    await run(`-R ${fake}`, RULES);
    await run(`weight -t 10.0.0.1:80 -r 10.1.0.1:80 77 ${fake}`);
    assert.match(await run(`-Sn ${fake}`), /-w 77 -x 9 -y 2/);
    assert.match(
      await run(`${fake} drain -t 10.0.0.1:80 -r 10.1.0.1:80 --remove`),
      /^0 active, .*\ndrained, removed/,
    );
    assert.doesNotMatch(await run(`-Sn ${fake}`), /10\.1\.0\.1/);
  });
});

describe('ipvs drain', () => {
  const line = ['drain', '-t', '10.0.0.1:80', '-r', '10.1.0.1:80'];

  it('shows how connections end, and removes the server if asked', async () => {
    const kernel = await kernelWithTable();
    setConnections(kernel, { active: 1, inactive: 2 });
    let output = '';
    const write = (text: string): void => {
      output += text;
      if (text.startsWith('1 active')) setConnections(kernel, { inactive: 2 });
    };
    const { status, errors } = await runIpvs(kernel, [...line, '--remove'], { overrides: { write } });
    assert.deepEqual([status, errors], [0, '']);
    assert.equal(
      output,
      '1 active, 2 inactive, 0 persistent\n0 active, 2 inactive, 0 persistent\n' +
        'drained, removed (weight before draining: 5)\n',
    );
    assert.doesNotMatch(await rules(kernel), /10\.1\.0\.1/);
  });

  it('ends after the given time, and the status says whether connections remain', async () => {
    for (const [options, status, lastLine, remaining] of [
      [['--for', '0'], 1, 'connections remain (weight before draining: 5)', /-w 0 -x 9 -y 2/],
      [['--for', '0', '--remove'], 0, 'connections remain, removed (weight before draining: 5)', undefined],
      [['--for=0', '--quiet'], 1, '', /-w 0 -x 9 -y 2/],
    ] as const) {
      const kernel = await kernelWithTable();
      setConnections(kernel, { active: 1 });
      const run = await runIpvs(kernel, [...line, ...options]);
      assert.deepEqual([run.status, run.errors], [status, '']);
      assert.equal(run.output, lastLine === '' ? '' : `1 active, 0 inactive, 0 persistent\n${lastLine}\n`);
      if (remaining === undefined) assert.doesNotMatch(await rules(kernel), /10\.1\.0\.1/);
      else assert.match(await rules(kernel), remaining);
    }
  });

  it('waits for inactive connections if asked', async () => {
    const kernel = await kernelWithTable();
    setConnections(kernel, { inactive: 1 });
    assert.equal((await runIpvs(kernel, [...line, '--for', '0'])).status, 0);
    assert.equal((await runIpvs(kernel, [...line, '--for', '0', '--inactive'])).status, 1);
  });

  it('warns of persistence, and gives its result as JSON', async () => {
    const kernel = await kernelWithTable();
    const { status, output, errors } = await runIpvs(kernel, '--json drain -f 7 -6 -r [2001:db8::1]:0');
    assert.equal(status, 0);
    assert.match(errors, /^ipvs: the service is persistent: .*expire_quiescent_template.*\n$/);
    const { outcome, removed, weight, warnings } = JSON.parse(output);
    assert.deepEqual(
      [outcome, removed, weight, warnings[0].code],
      ['drained', false, 3, 'templates-ignore-weight'],
    );
  });

  it('stops when another program sets the weight', async () => {
    const kernel = await kernelWithTable();
    setConnections(kernel, { active: 1 });
    const other = IpvsSync.open({ transport: kernel.connect() });
    const write = (): void =>
      other.setWeight(
        { protocol: 'tcp', address: '10.0.0.1', port: 80 },
        { address: '10.1.0.1', port: 80 },
        4,
      );
    const { status, errors } = await runIpvs(kernel, [...line, '--remove'], { overrides: { write } });
    assert.deepEqual(
      [status, errors],
      [1, 'ipvs: another program set its weight, so draining was stopped\n'],
    );
    assert.match(await rules(kernel), /-w 4 -x 9 -y 2/);
  });

  it('refuses an invalid time', async () => {
    const { status, errors, sent } = await runIpvs(await kernelWithTable(), [...line, '--for', 'x']);
    assert.deepEqual(
      [status, sent, errors],
      [2, 0, 'ipvs: --for x: must be a whole number of seconds (see ipvs drain --help)\n'],
    );
  });
});
