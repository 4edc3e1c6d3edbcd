import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Ipvs, type ServiceDefinition, type ServiceWithDestinations } from '../../../../lib/index.ts';
import { withoutRates } from '../../../conformance/subject.ts';
import { run, runIn } from '../namespace.ts';
import { firstLine, startIn } from './start-in.ts';

const balancer = 'traffic-balancer';
/** The namespace at the other end of a veth pair, from which traffic comes. */
const peer = 'traffic-peer';
const udp: ServiceDefinition = { protocol: 'udp', address: '192.0.2.10', port: 9000, scheduler: 'rr' };
const tcp: ServiceDefinition = { protocol: 'tcp', address: '192.0.2.10', port: 9000, scheduler: 'rr' };
const server = { address: '10.9.0.1', port: 9001, forwarding: 'masq' } as const;

const DATAGRAMS = 50;
const DATAGRAM_LENGTH = 100;
const STREAM_LENGTH = 30_000;
const IP_AND_UDP_HEADERS = 28;
const ESTIMATOR_PERIOD_MS = 2000;

/** Packets and bytes (IP and above) to and from port 9000, from a capture of Ethernet frames. */
function countCaptured(file: string, protocol: number): object {
  const capture = readFileSync(file);
  const counted = { incomingPackets: 0n, outgoingPackets: 0n, incomingBytes: 0n, outgoingBytes: 0n };
  for (let offset = 24; offset < capture.length; ) {
    const length = capture.readUInt32LE(offset + 8);
    const ip = offset + 16 + 14;
    offset += 16 + length;
    if (capture.readUInt8(ip + 9) !== protocol) continue;
    const bytes = BigInt(capture.readUInt16BE(ip + 2));
    if (capture.readUInt16BE(ip + 22) === 9000) {
      counted.incomingPackets++;
      counted.incomingBytes += bytes;
    } else {
      counted.outgoingPackets++;
      counted.outgoingBytes += bytes;
    }
  }
  return counted;
}

describe('counters', () => {
  let client: Ipvs;
  let capture: ChildProcess;
  const captured = '/tmp/traffic-suite.pcap';
  const children: ChildProcess[] = [];

  before(async () => {
    run('modprobe', '-a', 'ip_vs', 'veth');
    for (const namespace of [balancer, peer]) {
      run('ip', 'netns', 'add', namespace);
      runIn(namespace, 'ip', 'link', 'set', 'lo', 'up');
    }
    run('ip', 'link', 'add', 'b0', 'netns', balancer, 'type', 'veth', 'peer', 'name', 'v0', 'netns', peer);
    runIn(balancer, 'ip', 'address', 'add', '10.9.0.1/24', 'dev', 'b0');
    runIn(balancer, 'ip', 'address', 'add', '192.0.2.10/32', 'dev', 'lo');
    runIn(peer, 'ip', 'address', 'add', '10.9.0.2/24', 'dev', 'v0');
    runIn(balancer, 'ip', 'link', 'set', 'b0', 'up');
    runIn(peer, 'ip', 'link', 'set', 'v0', 'up');
    runIn(peer, 'ip', 'route', 'add', '192.0.2.10/32', 'via', '10.9.0.1');
    client = await Ipvs.open({ netns: `/run/netns/${balancer}` });
    for (const service of [udp, tcp]) {
      await client.addService(service);
      await client.addDestination(service, server);
    }
    const tcpdump = [
      'netns',
      'exec',
      balancer,
      'tcpdump',
      '-i',
      'b0',
      '-U',
      '-Z',
      'root',
      '-w',
      captured,
      'port 9000',
    ];
    capture = spawn('ip', tcpdump, { stdio: 'ignore' });
    children.push(capture);
    const echo = startIn(balancer, 'echo-server.js', server.address, String(server.port));
    children.push(echo);
    assert.equal(await firstLine(echo), 'ready');
  });

  after(async () => {
    for (const child of children) child.kill();
    await client.close();
    for (const namespace of [balancer, peer]) run('ip', 'netns', 'delete', namespace);
  });

  /**
   * The UDP and the TCP service, once their counters no longer change. The kernel reports the sum over all
   * processors that its estimator made last, every two seconds (ip_vs_copy_stats).
   */
  async function settled(): Promise<[ServiceWithDestinations, ServiceWithDestinations]> {
    let before: object[] = [];
    for (;;) {
      const { services } = await client.dump();
      const now = services.map(({ counters }) => withoutRates(counters.values()));
      if (isDeepStrictEqual(now, before) && services.every(({ counters }) => counters.connections > 0n)) {
        const [udpService, tcpService] = [udp, tcp].map(({ protocol }) =>
          services.find((service) => service.protocol === protocol),
        );
        assert.ok(udpService !== undefined && tcpService !== undefined);
        return [udpService, tcpService];
      }
      before = now;
      await sleep(2 * ESTIMATOR_PERIOD_MS);
    }
  }

  it('are zero before there is any traffic', async () => {
    for (const { counters } of await client.services()) {
      assert.deepEqual(new Set(Object.values(counters.values())), new Set([0n]));
    }
  });

  it('count every packet and byte, as sent, as captured, and as ipvsadm shows them', {
    timeout: 60_000,
  }, async () => {
    const traffic = startIn(
      peer,
      'echo-client.js',
      udp.address!,
      String(udp.port),
      String(DATAGRAMS),
      String(DATAGRAM_LENGTH),
      String(STREAM_LENGTH),
    );
    assert.equal(await firstLine(traffic), `echoed ${DATAGRAMS} datagrams and ${STREAM_LENGTH} bytes`);
    await new Promise((resolve) => traffic.on('exit', resolve));
    const [udpService, tcpService] = await settled();

    const bytes = BigInt(DATAGRAMS * (DATAGRAM_LENGTH + IP_AND_UDP_HEADERS));
    assert.deepEqual(withoutRates(udpService.counters.values()), {
      connections: 1n,
      incomingPackets: BigInt(DATAGRAMS),
      outgoingPackets: BigInt(DATAGRAMS),
      incomingBytes: bytes,
      outgoingBytes: bytes,
    });
    assert.equal(udpService.destinations[0]?.inactiveConnections, 1);
    assert.deepEqual(withoutRates(tcpService.counters.values()), {
      connections: 1n,
      ...countCaptured(captured, 6),
    });
    assert.ok(tcpService.counters.incomingBytes > BigInt(STREAM_LENGTH));
    assert.ok(tcpService.counters.outgoingBytes > BigInt(STREAM_LENGTH));

    const listed = runIn(balancer, 'ipvsadm', '-Ln', '--stats', '--exact').split('\n');
    for (const service of [udpService, tcpService]) {
      const [destination] = service.destinations;
      assert.deepEqual(withoutRates(destination!.counters.values()), withoutRates(service.counters.values()));
      const { connections, incomingPackets, outgoingPackets, incomingBytes, outgoingBytes } =
        service.counters;
      const numbers = [connections, incomingPackets, outgoingPackets, incomingBytes, outgoingBytes].join(' ');
      const name = String(service.protocol).toUpperCase();
      assert.ok(
        listed.some((line) => line.trim().split(/\s+/).join(' ') === `${name} 192.0.2.10:9000 ${numbers}`),
        `${numbers} in:\n${listed.join('\n')}`,
      );
    }
  });

  it('start over when they are zeroed: those of one service, then all', async () => {
    await client.zero(udp);
    const zeroed = await client.dump();
    for (const service of zeroed.services) {
      const expected = service.protocol === 'udp' ? 0n : 1n;
      assert.equal(service.counters.connections, expected);
      assert.equal(service.destinations[0]?.counters.connections, expected);
    }
    await client.zero();
    for (const service of (await client.dump()).services) {
      assert.deepEqual(new Set(Object.values(withoutRates(service.counters.values()))), new Set([0n]));
      assert.deepEqual(
        new Set(Object.values(withoutRates(service.destinations[0]!.counters.values()))),
        new Set([0n]),
      );
    }
  });
});
