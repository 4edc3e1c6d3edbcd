import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import type { Capture, CapturedPacket } from '../lib/capture/capture.ts';
import { learnFamilies } from '../lib/capture/families.ts';
import { requestMeaning } from '../lib/capture/meaning.ts';
import { visitMessages } from '../lib/capture/messages.ts';
import { readCapture } from '../lib/capture/pcap.ts';
import { CaptureTransport } from '../lib/capture/transport.ts';
import { IpvsSync, type ServiceWithDestinations } from '../lib/index.ts';
import {
  ByteView,
  Command,
  DecodeError,
  decodeAck,
  decodeDaemon,
  decodeDestination,
  decodeFamily,
  decodeService,
  FAMILY_NAME,
  genericCommand,
  genericPayload,
  ipvsCodec,
  type Message,
  MessageType,
  MessageWalker,
  NetlinkProtocol,
  walkNest,
} from '../protocol/index.ts';
import { decodeCapture } from './decode-capture.ts';

const folder: string = join(import.meta.dirname, '../../fixtures');

/** A datagram is cut at each of so many bytes. */
const CUT_EVERYWHERE = 2048;
/** Bytes between two cuts beyond them: each cut decodes all that lies before it. Every rest modulo 4 comes. */
const CUT_STRIDE = 13;

interface Fixture {
  readonly name: string;
  /** The path without `.pcap`. */
  readonly path: string;
  readonly capture: Capture;
  /** The generic netlink datagrams. */
  readonly packets: readonly CapturedPacket[];
}

const fixtures: readonly Fixture[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.pcap'))
  .sort()
  .map((name) => {
    const path = join(folder, name.slice(0, -'.pcap'.length));
    const capture = readCapture(readFileSync(`${path}.pcap`));
    const packets = capture.packets.filter(
      ({ protocolFamily }) => protocolFamily === NetlinkProtocol.GENERIC,
    );
    return { name, path, capture, packets };
  });

/** Everything that our typed decoders make of a message. */
function decodeTyped(message: Message, family: string | undefined): unknown[] {
  const { view, type, end } = message;
  if (type === MessageType.ERROR || type === MessageType.DONE) return [decodeAck(message)];
  if (family === 'nlctrl') return message.flags & 1 ? [] : [decodeFamily(message)];
  if (family !== FAMILY_NAME) return [];
  const start = genericPayload(message);
  const command = genericCommand(message);
  const found: unknown[] = [];
  // Requests about a service may hold its key alone, which is no whole service.
  if ((message.flags & 1) === 0 && command === Command.NEW_SERVICE) {
    walkNest(view, start, end, 1, (from, to) => {
      const service = decodeService(view, from, to);
      found.push({ ...service, counters: service.counters.toJSON() });
    });
  } else if (command === Command.NEW_DEST) {
    walkNest(view, start, end, 2, (from, to) => {
      const destination = decodeDestination(view, from, to, 'ipv4');
      found.push({ ...destination, counters: destination.counters.toJSON() });
    });
  } else if (command === Command.NEW_DAEMON) {
    walkNest(view, start, end, 3, (from, to) => found.push(decodeDaemon(view, from, to)));
  } else {
    found.push(ipvsCodec.decode(command === Command.SET_INFO ? 'info' : 'command', view, start, end));
  }
  return found;
}

/** The typed values in the `end` bytes of `view` from `start`, or the DecodeError that they end in. */
function decodeDatagram(
  view: ByteView,
  start: number,
  end: number,
  families: ReadonlyMap<number, string>,
): unknown[] | DecodeError {
  const walker = new MessageWalker(view, start, end);
  const found: unknown[] = [];
  try {
    while (walker.next()) found.push(...decodeTyped(walker.message, families.get(walker.message.type)));
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  return found;
}

test('there are fixtures, each with provenance, below 3 MB together', () => {
  let size = 0;
  assert.ok(fixtures.length > 0);
  for (const { path } of fixtures) {
    const provenance: Record<string, unknown> = JSON.parse(readFileSync(`${path}.json`, 'utf8'));
    for (const field of ['kernel', 'program', 'recorder', 'date', 'how', 'commands'])
      assert.ok(provenance[field], `${path}.json has ${field}`);
    for (const suffix of ['.pcap', '.json', '.decoded.json']) size += readFileSync(path + suffix).length;
  }
  assert.ok(size < 3e6, `${size} bytes`);
});

for (const { name, path, capture, packets } of fixtures) {
  describe(name, () => {
    const families = learnFamilies(capture.packets);

    test('decodes to what is expected', () => {
      assert.ok(packets.length > 0);
      const expected: unknown = JSON.parse(readFileSync(`${path}.decoded.json`, 'utf8'));
      assert.deepEqual(JSON.parse(JSON.stringify(decodeCapture(capture))), expected);
      for (const { bytes } of packets)
        assert.ok(!(decodeDatagram(new ByteView(bytes), 0, bytes.length, families) instanceof DecodeError));
    });

    test('cut anywhere, each datagram ends in values or a DecodeError', () => {
      for (const { bytes } of distinct(packets)) {
        const aligned = new ByteView(new Uint8Array(bytes));
        for (let end = 0; end < bytes.length; end += end < CUT_EVERYWHERE ? 1 : CUT_STRIDE)
          decodeDatagram(aligned, 0, end, families);
        const whole = decodeDatagram(aligned, 0, bytes.length, families);
        for (const end of [bytes.length - 1, bytes.length - 4, 15])
          assert.notDeepEqual(decodeDatagram(aligned, 0, end, families), whole);
      }
    });

    test('shifted by 1 to 7 bytes, each datagram decodes to the same', () => {
      for (const { bytes } of distinct(packets)) {
        const whole = decodeDatagram(new ByteView(bytes), 0, bytes.length, families);
        for (let shift = 1; shift < 8; shift++) {
          const room = new Uint8Array(shift + bytes.length + 8).fill(0xee);
          room.set(bytes, shift);
          const inside = decodeDatagram(new ByteView(room), shift, shift + bytes.length, families);
          assert.deepEqual(inside, whole, 'as a part of a longer view');
          const apart = room.subarray(shift, shift + bytes.length);
          assert.deepEqual(decodeDatagram(new ByteView(apart), 0, bytes.length, families), whole);
        }
      }
    });
  });
}

/** Leaves out datagrams of a length and type that was there already: they add nothing to cutting. */
function distinct(packets: readonly CapturedPacket[]): CapturedPacket[] {
  const known = new Map<string, CapturedPacket>();
  for (const packet of packets) {
    const { bytes, direction } = packet;
    known.set(`${direction} ${bytes.length} ${bytes.subarray(4, 8)} ${bytes.subarray(16, 28)}`, packet);
  }
  return [...known.values()];
}

const READS: ReadonlySet<number> = new Set([
  Command.GET_SERVICE,
  Command.GET_DEST,
  Command.GET_DAEMON,
  Command.GET_CONFIG,
  Command.GET_INFO,
]);

/**
 * What the requests of a capture that change something ask for, as raw values in order. What the
 * kernel does not look at is left out: all but the key of a destination's service; and what it
 * takes for granted is filled in: a tunnel without attributes is a plain one (ip_vs_genl_parse_dest).
 */
function writes({ capture, packets }: Fixture): unknown[] {
  const families = learnFamilies(capture.packets);
  const found: unknown[] = [];
  for (const packet of packets.filter(({ direction }) => direction === 'to-kernel')) {
    const problem = visitMessages(packet, (message) => {
      if (families.get(message.type) !== FAMILY_NAME) return;
      const command = genericCommand(message);
      if (READS.has(command)) return;
      const values = ipvsCodec.decode('command', message.view, genericPayload(message), message.end);
      const { service, destination, ...others } = values;
      const whole = destination === undefined ? { ...service } : {};
      const tunnel = { tunnelType: 0, tunnelPort: 0, tunnelFlags: 0 };
      const filled = destination === undefined ? {} : { ...tunnel, ...destination };
      found.push({ meaning: requestMeaning(message, families), whole, filled, ...others });
    });
    assert.equal(problem, undefined);
  }
  return found;
}

/** Our own recordings with ipvsadm's of the same table on the same kernel. */
const pairs = fixtures
  .filter(({ name }) => basename(name) === 'ipvs-netlink-write.pcap')
  .map((ours) => ({
    ours,
    theirs: fixtures.find(({ name }) => name === ours.name.replace('ipvs-netlink', 'ipvsadm')),
  }));

for (const { ours, theirs } of pairs) {
  test(`${ours.name}: our requests mean what ipvsadm's mean`, () => {
    assert.ok(theirs !== undefined);
    const asked = writes(ours);
    assert.equal(asked.length, 20);
    assert.deepEqual(asked, writes(theirs));
  });
}

for (const fixture of fixtures.filter(({ name }) => basename(name).endsWith('-read.pcap'))) {
  test(`${fixture.name}: a client reads the table from the capture`, () => {
    const ipvs = IpvsSync.open({ transport: new CaptureTransport(fixture.capture) });
    const { services } = ipvs.dump();
    assert.equal(services.length, 8);
    assert.equal(services.flatMap(({ destinations }) => destinations).length, 10);
    assert.equal(ipvs.info().version, '1.2.1');
    assert.equal(ipvs.timeouts().tcp, 901);
    assert.equal(ipvs.daemons().length, 1);
    ipvs.close();
  });
}

for (const { name, capture } of fixtures.filter(({ name }) => basename(name) === 'single-dump.pcap')) {
  test(`${name}: a client reads the same table from the single dump as from per-service dumps`, () => {
    using ipvs = IpvsSync.open({ transport: new CaptureTransport(capture) });
    const { strategy, services, consistency } = ipvs.dump();
    assert.equal(strategy, 'single');
    assert.equal(consistency, name.startsWith('single-') ? 'verified' : 'unknown');
    assert.equal(services.length, 8);
    assert.deepEqual(
      services.map(({ destinations }) => destinations.length).sort((a, b) => a - b),
      [0, 1, 1, 1, 1, 2, 3, 15],
    );
    assert.deepEqual(plain(services), plain(ipvs.dump({ strategy: 'per-service' }).services));
  });
}

/** Services as JSON has them, counters included. */
function plain(services: readonly ServiceWithDestinations[]): unknown {
  return JSON.parse(JSON.stringify(services));
}
