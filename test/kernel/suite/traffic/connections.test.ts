import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pairedRatio, type RatioEstimate } from '../../../../bench/sampling/ratio.ts';
import { type ConnectionEntry, Ipvs, IpvsSync } from '../../../../lib/index.ts';
import { addNamespace, deleteNamespace, run, runIn } from '../namespace.ts';

const name = 'connections-suite';
const netns = `/run/netns/${name}`;
const launcher = join(import.meta.dirname, '../../../../lib/cli/launcher.cjs');
const CONNECTIONS = Number(process.env.IPVS_LAB_CONNECTIONS ?? 2000);
const ROUNDS = 5;
/**
 * How many times as long as `cat` reading may take. Checked with MANY connections only: with fewer, the start of Node
 * is a large share of the time.
 */
const LIMIT = 1.5;
const MANY = 100_000;

/** Has the kernel receive one datagram from each of CONNECTIONS sources, and so make as many connections. */
const GENERATE = `
echo 'add_device eth0' > /proc/net/pktgen/kpktgend_0
settings=(
  'xmit_mode netif_receive' 'count ${CONNECTIONS}' 'delay 0' 'pkt_size 60'
  "dst_mac $(cat /sys/class/net/eth0/address)" 'dst 203.0.113.1' 'src_min 10.0.0.1' 'src_max 10.0.255.254'
  'udp_src_min 1024' 'udp_src_max 65535' 'udp_dst_min 53' 'udp_dst_max 53'
)
for setting in "\${settings[@]}"; do echo "$setting" > /proc/net/pktgen/eth0; done
echo start > /proc/net/pktgen/pgctrl
grep -q Result:.OK /proc/net/pktgen/eth0
`;

/** A connection as text, from a row of /proc/net/ip_vs_conn, without its expiry time. */
function rowText(line: string): string {
  const [protocol, ...fields] = line.split(/\s+/);
  const endpoint = (at: number): string => {
    const bytes = Buffer.from(fields[at]!, 'hex');
    return `${bytes.join('.')}:${Number.parseInt(fields[at + 1]!, 16)}`;
  };
  return [protocol, fields[6], endpoint(0), endpoint(2), endpoint(4)].join(' ');
}

function entryText({ protocol, state, client, virtual, destination }: ConnectionEntry): string {
  const endpoints = [client, virtual, destination].map(({ address, port }) => `${address}:${port}`);
  return [protocol.toUpperCase(), state, ...endpoints].join(' ');
}

/** A line of `ipvs -L -c -n` without the expiry time. */
function listedText(line: string): string {
  const [protocol, _expires, ...rest] = line.trim().split(/\s+/);
  return [protocol, ...rest].join(' ');
}

const rows = (): string[] =>
  runIn(name, 'cat', '/proc/net/ip_vs_conn').trimEnd().split('\n').slice(1).map(rowText).sort();

const describeRatio = (what: string, { ratio, low, high }: RatioEstimate): string =>
  `${what} takes ${ratio.toFixed(2)} times as long as cat (${low.toFixed(2)} to ${high.toFixed(2)})`;

describe(`${CONNECTIONS} connections`, () => {
  let expected: readonly string[] = [];

  before(() => {
    addNamespace(name);
    run('modprobe', 'pktgen');
    using client = IpvsSync.open({ netns });
    client.setTimeouts({ udp: 100_000 });
    const service = { protocol: 'udp', address: '203.0.113.1', port: 53 } as const;
    client.addService({ ...service, scheduler: 'rr' });
    for (let host = 2; host < 52; host++)
      client.addDestination(service, {
        address: `203.0.113.${host}`,
        port: 53,
        forwarding: 'masq',
        weight: 1,
      });
    runIn(name, 'bash', '-ec', GENERATE);
    expected = rows();
  });

  after(() => deleteNamespace(name));

  it('are there, each once', () => {
    assert.equal(expected.length, CONNECTIONS);
    assert.equal(new Set(expected).size, CONNECTIONS);
  });

  it('are those of connections(), of both clients', async () => {
    await using client = await Ipvs.open({ netns });
    const found: string[] = [];
    for await (const entry of client.connections()) found.push(entryText(entry));
    assert.deepEqual(found.sort(), expected);
    using sync = IpvsSync.open({ netns });
    const wanted = expected.filter((row) => row.includes(' 10.0.7.') && row.endsWith(' 203.0.113.9:53'));
    const filter = { client: '10.0.7.0/24', destination: { address: '203.0.113.9' } };
    assert.deepEqual([...sync.connections(filter)].map(entryText).sort(), wanted);
  });

  it('are those of ipvs -L -c -n, listed and counted', () => {
    const list = (...options: string[]): string[] =>
      runIn(name, process.execPath, launcher, '-Lnc', ...options)
        .trimEnd()
        .split('\n');
    assert.deepEqual(list().slice(2).map(listedText).sort(), expected);
    const counts = new Map<string, number>();
    for (const row of expected) {
      const client = /10\.[\d.]+/.exec(row)![0];
      counts.set(client, (counts.get(client) ?? 0) + 1);
    }
    const counted = list('--count-by', 'client')
      .slice(1)
      .map((line) => line.trim().split(/\s+/));
    assert.deepEqual(new Map(counted.map(([count, client]) => [client, Number(count)])), counts);
  });

  it('are read in a time that is compared with that of cat', async (context) => {
    const times = { cat: [] as number[], library: [] as number[], command: [] as number[] };
    await using client = await Ipvs.open({ netns });
    const timed = async (into: number[], act: () => unknown): Promise<void> => {
      const start = performance.now();
      await act();
      into.push(performance.now() - start);
    };
    const netnsExec = ['netns', 'exec', name];
    for (let round = 0; round < ROUNDS; round++) {
      await timed(times.cat, () =>
        execFileSync('ip', [...netnsExec, 'cat', '/proc/net/ip_vs_conn'], { stdio: 'ignore' }),
      );
      await timed(times.library, async () => {
        let count = 0;
        for await (const _ of client.connections()) count++;
        assert.equal(count, CONNECTIONS);
      });
      await timed(times.command, () =>
        execFileSync('ip', [...netnsExec, process.execPath, launcher, '-Lnc'], { stdio: 'ignore' }),
      );
    }
    const library = pairedRatio(times.library, times.cat)!;
    const command = pairedRatio(times.command, times.cat)!;
    context.diagnostic(`cat: ${times.cat.map((time) => Math.round(time)).join(', ')} ms`);
    context.diagnostic(describeRatio('connections()', library));
    context.diagnostic(describeRatio('ipvs -L -c -n', command));
    if (CONNECTIONS >= MANY) assert.ok(library.low <= LIMIT, describeRatio('connections()', library));
  });
});
