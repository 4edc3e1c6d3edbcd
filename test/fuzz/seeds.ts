import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeAck, MessageWriter } from '../../protocol/index.ts';
import { joined } from './mutation/bytes.ts';
import { readMessages, write, writeAttributes } from './mutation/netlink-tree.ts';

const folder: string = join(import.meta.dirname, '../../../fixtures');
const PCAP_HEADER = 24;
const RECORD_HEADER = 16;
const COOKED_HEADER = 16;
/** The first of the message types that the kernel assigns to generic netlink families dynamically. */
const FIRST_FAMILY = 17;
/** Maximum length of the messages taken from one capture, in bytes. */
const MAX_TRAFFIC = 10_000;

/** Returns the captures in `fixtures/` as whole files. */
export function captureFiles(): Uint8Array[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.pcap(?:ng)?$/.test(name))
    .sort()
    .map((name) => Uint8Array.from(readFileSync(join(folder, name))));
}

/** Returns the captured datagrams of a netlink protocol (16: generic netlink, 0: rtnetlink), one of each length. */
export function capturedDatagrams(protocol = 16): Uint8Array[] {
  const found = new Map<number, Uint8Array>();
  for (const datagram of captureFiles().flatMap((file) => datagramsOf(file, protocol)))
    found.set(datagram.length, datagram);
  return [...found.values()];
}

/** Returns the generic netlink datagrams of each capture, up to `MAX_TRAFFIC` bytes. */
export function capturedTraffic(): Uint8Array[] {
  return captureFiles().map((file) => {
    const datagrams = datagramsOf(file, 16);
    let length = 0;
    return joined(datagrams.filter((datagram) => (length += datagram.length) < MAX_TRAFFIC));
  });
}

function datagramsOf(file: Uint8Array, protocol: number): Uint8Array[] {
  const data = new DataView(file.buffer);
  const found: Uint8Array[] = [];
  // Little-endian pcap of link type 253 only; the other captures contain the same packets.
  if ((file[0] !== 0xd4 && file[0] !== 0x4d) || data.getUint32(20, true) !== 253) return found;
  for (let at = PCAP_HEADER; at < file.length; ) {
    const start = at + RECORD_HEADER;
    at = start + data.getUint32(at + 8, true);
    if (data.getUint16(start + 14) === protocol) found.push(file.slice(start + COOKED_HEADER, at));
  }
  return found;
}

/** Returns the payloads of the top-level attribute `type` in the captured messages with these commands. */
export function capturedNests(commands: readonly number[], type: number): Uint8Array[] {
  const found = new Map<number, Uint8Array>();
  for (const { head, attributes } of capturedDatagrams().flatMap(readMessages)) {
    if (!commands.includes(head[16]!)) continue;
    for (const { type: attributeType, value } of attributes) {
      const inside = Array.isArray(value) ? writeAttributes(value) : value;
      if (attributeType === type) found.set(inside.length, inside);
    }
  }
  return [...found.values()];
}

/** Returns acks of a request with every attribute of an extended ack: one that contains the request, and one capped. */
export function extendedAcks(request: Uint8Array): Uint8Array[] {
  const extended = {
    message: 'no',
    offset: 24,
    missingType: 6,
    missingNest: 20,
    cookie: Uint8Array.of(1, 2),
  };
  return [false, true].map((capped) => {
    const writer = new MessageWriter();
    encodeAck(writer, { sequence: 1, portId: 2, errno: 22, extended, request, capped });
    return writer.copy();
  });
}

/** Returns the captured generic netlink datagrams, with the message type of IPVS replaced by `id`. */
export function datagramsOfFamily(id: number): Uint8Array[] {
  return capturedDatagrams().map((datagram) => {
    const parts = readMessages(datagram);
    for (const { head, isMessage } of parts)
      if (isMessage && (head[4]! >= FIRST_FAMILY || head[5] !== 0)) head.set([id, id >> 8], 4);
    return write(parts);
  });
}
