import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { runIpvs } from '../run-ipvs.ts';

const CONNECTIONS = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP C6336407 9C40 C0000201 0050 0A000001 1F90 ESTABLISHED     899
TCP C6336408 9C41 C0000201 01BB 0A000002 1F90 FIN_WAIT         12
TCP C6336407 9C42 C0000201 0050 0A000002 1F90 ESTABLISHED      60
UDP FFFFFF07 D431 C0000201 0035 0A000001 0035 UDP             299
`;

/** What a command line prints about these connections, line by line. */
async function lines(options: string, connections = CONNECTIONS): Promise<string[]> {
  const { status, output, errors } = await runIpvs(new FakeKernel(), `-L -c -n ${options}`, { connections });
  assert.deepEqual([status, errors], [0, ''], options);
  return output.trimEnd().split('\n');
}

describe('selected connections', () => {
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ['-t 192.0.2.1', [0, 1, 2]],
    ['-t 192.0.2.1:80', [0, 2]],
    ['-u 192.0.2.1', [3]],
    ['-r 10.0.0.1', [0, 3]],
    ['-r 10.0.0.2:8080', [1, 2]],
    ['-t 192.0.2.1:80 -r 10.0.0.2', [2]],
    ['--client 198.51.100.7', [0, 2]],
    ['--client 198.51.100.0/24', [0, 1, 2]],
    ['--state established', [0, 2]],
    ['--protocol udp', [3]],
    ['--expires-within 60', [1, 2]],
    ['--expires-after 61', [0, 3]],
    ['--client 203.0.113.1', []],
  ];
  for (const [options, wanted] of cases) {
    it(`are those of ${options}`, async () => {
      const all = await lines('');
      assert.deepEqual(
        (await lines(options)).slice(2),
        wanted.map((index) => all[index + 2]),
      );
    });
  }

  it('are counted, the largest number first', async () => {
    assert.deepEqual(await lines('--count-by client'), [
      '     conns client',
      '         2 198.51.100.7',
      '         1 198.51.100.8',
      '         1 255.255.255.7',
    ]);
    assert.deepEqual((await lines('--count-by state --protocol tcp')).slice(1), [
      '         2 ESTABLISHED',
      '         1 FIN_WAIT',
    ]);
    assert.deepEqual((await lines('--count-by destination -t 192.0.2.1:80')).slice(1), [
      '         1 10.0.0.1:8080',
      '         1 10.0.0.2:8080',
    ]);
    assert.deepEqual(JSON.parse((await lines('--count-by state --json -u 192.0.2.1')).join('\n')), {
      counts: [{ state: 'UDP', connections: 1 }],
    });
    assert.deepEqual(await lines('--count-by state --json-lines -u 192.0.2.1'), [
      '{"state":"UDP","connections":1}',
    ]);
  });

  it('are JSON as one document, or as one object per line', async () => {
    const document = JSON.parse((await lines('--json')).join('\n'));
    const each = (await lines('--json-lines')).map((line) => JSON.parse(line));
    assert.deepEqual(document.connections, each);
    assert.equal(each[0].client.address, '198.51.100.7');
    assert.deepEqual(
      (await lines('--json --client ::1')).join('\n'),
      JSON.stringify({ connections: [] }, null, 2),
    );
    assert.equal((await lines('--json')).join('\n'), JSON.stringify(document, null, 2));
  });

  it('are written in chunks, with names as well', async () => {
    const rows = CONNECTIONS.split('\n').slice(1, -1);
    const many = `${CONNECTIONS}${Array.from({ length: 3000 }, (_, index) => rows[index % 4]).join('\n')}\n`;
    const chunkLengths: number[] = [];
    for (const options of ['-Lnc', '-L -c']) {
      let output = '';
      const overrides = {
        write: (text: string | Uint8Array) => {
          chunkLengths.push(text.length);
          output += Buffer.from(text as string).toString();
        },
      };
      const hosts = { web: ['198.51.100.7'] };
      assert.equal(
        (await runIpvs(new FakeKernel(), options, { connections: many, hosts, overrides })).status,
        0,
      );
      assert.equal(output.split('\n').length, 3007);
      assert.equal(output.split('web:40000').length - 1, options === '-L -c' ? 751 : 0);
    }
    assert.ok(Math.max(...chunkLengths) < 70_000);
  });

  it('of a file in another format are an error that names the line', async () => {
    const { status, output, errors } = await runIpvs(new FakeKernel(), '-Lnc', {
      connections: 'root:x:0:0\n',
    });
    assert.equal(output, '');
    assert.ok(status !== 0);
    assert.match(errors, /line 1 is not a row of \/proc\/net\/ip_vs_conn/);
  });
});
