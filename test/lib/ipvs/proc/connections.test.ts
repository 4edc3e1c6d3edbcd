import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  type ConnectionEntry,
  type ConnectionFilter,
  connections,
  DecodeError,
  FieldError,
  SystemCallError,
} from '../../../../lib/index.ts';

const HEADER = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n';
const ROWS = [
  'TCP C6336407 9C40 C0000201 0050 0A000001 1F90 ESTABLISHED     899',
  'TCP C6336408 9C41 C0000201 01BB 0A000002 1F90 FIN_WAIT         12',
  'UDP C6336507 D431 C0000201 0035 0A000001 0035 UDP             299',
  'IP  C6336400 0000 00000007 0000 0A000001 0000 NONE            300',
  'SCTP 2001:0db8:0000:0000:0000:0000:0000:0001 9C40 2001:0db8:0000:0000:0000:0000:0000:0080 0050 [2001:0db8:0000:0000:0000:0000:0000:0002] 1F90 ESTABLISHED      60',
  'UDP C6336507 D432 C0000201 13C4 0A000001 13C4 UDP              59 sip a84b4c76e66710',
];

const folder = mkdtempSync(join(tmpdir(), 'ipvs-connections-'));
after(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = join(folder, 'connections');
  writeFileSync(file, text);
  return file;
}

async function read(
  filter: ConnectionFilter,
  text = `${HEADER}${ROWS.join('\n')}\n`,
): Promise<ConnectionEntry[]> {
  const found: ConnectionEntry[] = [];
  for await (const entry of connections({ ...filter, file: fileOf(text) })) found.push(entry);
  return found;
}

describe('connections', () => {
  it('are read as typed values', async () => {
    const all = await read({});
    assert.deepEqual(all[0], {
      protocol: 'tcp',
      client: { family: 'ipv4', address: '198.51.100.7', port: 40000 },
      virtual: { family: 'ipv4', address: '192.0.2.1', port: 80 },
      destination: { family: 'ipv4', address: '10.0.0.1', port: 8080 },
      state: 'ESTABLISHED',
      expires: 899,
      engine: undefined,
      engineData: undefined,
    });
    assert.deepEqual(
      all.map(({ protocol, engine, engineData }) => [protocol, engine, engineData].join(' ').trim()),
      ['tcp', 'tcp', 'udp', 'ip', 'sctp', 'udp sip a84b4c76e66710'],
    );
    assert.deepEqual(
      [all[4]!.client, all[4]!.virtual, all[4]!.destination].map(({ address }) => address),
      ['2001:db8::1', '2001:db8::80', '2001:db8::2'],
    );
  });

  const filters: readonly (readonly [ConnectionFilter, readonly number[]])[] = [
    [{ virtual: { address: '192.0.2.1' } }, [0, 1, 2, 5]],
    [{ virtual: { address: '192.0.2.1', port: 80 } }, [0]],
    [{ virtual: { address: '2001:0DB8::80', port: 80 } }, [4]],
    [{ virtual: { address: '192.0.2.1' }, protocol: 'udp' }, [2, 5]],
    [{ protocol: 17 }, [2, 5]],
    [{ destination: { address: '10.0.0.1' } }, [0, 2, 3, 5]],
    [{ destination: { address: '10.0.0.1', port: 8080 } }, [0]],
    [{ client: '198.51.100.7' }, [0]],
    [{ client: '198.51.100.0/24' }, [0, 1, 3]],
    [{ client: '198.51.100.0/23' }, [0, 1, 2, 3, 5]],
    [{ client: '198.51.100.8/29' }, [1]],
    [{ client: '2001:db8::/33' }, [4]],
    [{ client: '::/0' }, [4]],
    [{ state: 'established' }, [0, 4]],
    [{ minimumExpires: 60, maximumExpires: 299 }, [2, 4]],
    [{ state: 'ESTABLISHED', client: '198.51.101.7' }, []],
  ];
  for (const [filter, expected] of filters) {
    it(`match a filter: ${JSON.stringify(filter)}`, async () => {
      const all = await read({});
      assert.deepEqual(
        await read(filter),
        expected.map((index) => all[index]),
      );
    });
  }

  it('are read across chunks, with or without a newline at the end', async () => {
    const rows = Array.from({ length: 3000 }, (_, index) => ROWS[index % ROWS.length]!);
    for (const end of ['', '\n']) {
      const all = await read({}, `${HEADER}${rows.join('\n')}${end}`);
      assert.equal(all.length, rows.length);
      assert.deepEqual(all.at(-1), all[ROWS.length - 1]);
    }
    assert.deepEqual(await read({}, ''), []);
    assert.deepEqual(await read({}, HEADER), []);
  });

  it('of a file in another format are an error with the line number', async () => {
    for (const line of [
      'TCP C6336407',
      'root:x:0:0:root:/root:/bin/bash',
      `${ROWS[0]!.slice(0, -3)}\x1b[2J`,
      'x'.repeat(70000),
    ])
      await assert.rejects(
        read({}, `${HEADER}${ROWS[0]}\n${line}\n`),
        (error) => error instanceof DecodeError && /^line 3 is not a row of/.test(error.message),
        line.slice(0, 40),
      );
  });

  it('have their unprintable characters escaped', async () => {
    const [entry] = await read({}, `${HEADER}${ROWS[5]!.replace('a84b', '\x1b[2Ja84b')}\n`);
    assert.equal(entry!.engineData, '\\x1b[2Ja84b4c76e66710');
  });

  it('refuse an invalid filter at once', () => {
    const bad: readonly (readonly [object, string])[] = [
      [{ virtual: { mark: 7 } }, 'virtual.mark'],
      [{ virtual: { port: 80 } }, 'virtual.address'],
      [{ virtual: { address: 'web' } }, 'virtual.address'],
      [{ destination: { address: '10.0.0.1', port: 65536 } }, 'destination.port'],
      [{ client: '198.51.100.0/33' }, 'client'],
      [{ client: '198.51.100.0/' }, 'client'],
      [{ state: '' }, 'state'],
      [{ maximumExpires: -1 }, 'maximumExpires'],
      [{ age: 3 }, 'age'],
    ];
    for (const [filter, field] of bad)
      assert.throws(
        () => connections(filter as never),
        (error) => error instanceof FieldError && error.field === field,
        field,
      );
  });

  it('fail with the reason of a signal, and without a file', async () => {
    const reason = new Error('enough');
    await assert.rejects(async () => {
      for await (const _ of connections({ file: fileOf(HEADER), signal: AbortSignal.abort(reason) }));
    }, reason);
    const file = join(folder, 'none');
    await assert.rejects(
      async () => {
        for await (const _ of connections({ file }));
      },
      (error) => error instanceof SystemCallError && error.message.includes(file),
    );
    await assert.rejects(
      async () => {
        for await (const _ of connections({ file: folder }));
      },
      (error) => error instanceof SystemCallError && error.message === `read ${folder} failed: EISDIR`,
    );
  });
});
