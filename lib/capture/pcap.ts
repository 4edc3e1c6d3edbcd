import { HEADER_LENGTH, MessageFlag } from '../../protocol/netlink/index.ts';

/** A file that is not a capture of netlink traffic, or one that ends in the middle. */
export class CaptureError extends Error {
  readonly code = 'ERR_CAPTURE';
  /** Where in the file, in bytes. */
  readonly offset: number;

  constructor(problem: string, offset: number) {
    super(`${problem} (at byte ${offset} of the capture)`);
    this.name = 'CaptureError';
    this.offset = offset;
  }
}

/** One datagram as nlmon saw it. */
export interface CapturedPacket {
  /** Time since 1970, whole seconds. */
  readonly seconds: number;
  /** The rest of it, 0-999999999. */
  readonly nanoseconds: number;
  readonly direction: 'to-kernel' | 'to-user';
  /** The netlink protocol (`NETLINK_*`): 16 for generic netlink. */
  readonly protocolFamily: number;
  /** The datagram's messages. */
  readonly bytes: Uint8Array;
  /** How many bytes the datagram had: more than `bytes` holds where the snapshot length cut it off. */
  readonly originalLength: number;
}

/** The traffic of one capture file. */
export interface Capture {
  readonly packets: readonly CapturedPacket[];
}

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const MAGIC_PCAPNG = 0x0a0d0d0a;
const FILE_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;
const LINKTYPE_NETLINK = 253;
/** The upper bits of the link type word say other things (frame check sequences). */
const LINKTYPE_MASK = 0x03ffffff;
/** The pseudo header before the messages (`LINKTYPE_NETLINK`): all of it big-endian. */
const PSEUDO_HEADER_LENGTH = 16;
/** What a capture on nlmon itself has for both directions: its device sends what it shows. */
const PACKET_OUTGOING = 4;
const PACKET_TO_USER = 6;
const PACKET_TO_KERNEL = 7;
const ARPHRD_NETLINK = 824;
const SNAPSHOT_LENGTH = 262144;

interface Form {
  readonly littleEndian: boolean;
  /** Nanoseconds in one unit of a record's fraction of a second. */
  readonly unit: number;
}

/**
 * Reads a pcap file of link type 253 (netlink): both byte orders, both time resolutions.
 *
 * Throws a {@link CaptureError} for other files, pcapng among them, and for one that ends in the
 * middle of a packet.
 */
export function readCapture(bytes: Uint8Array): Capture {
  return { packets: [...capturedPackets(bytes)] };
}

/** The packets of a capture file one by one; see {@link readCapture}. */
function* capturedPackets(bytes: Uint8Array): Generator<CapturedPacket, void, undefined> {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const form = readForm(data);
  for (let offset = FILE_HEADER_LENGTH; offset < bytes.length; ) {
    if (bytes.length - offset < RECORD_HEADER_LENGTH)
      throw new CaptureError('the header of a packet is cut off', offset);
    const word = (at: number): number => data.getUint32(offset + at, form.littleEndian);
    const length = word(8);
    const start = offset + RECORD_HEADER_LENGTH;
    if (length > bytes.length - start)
      throw new CaptureError(`a packet of ${length} bytes is cut off after ${bytes.length - start}`, offset);
    if (length < PSEUDO_HEADER_LENGTH)
      throw new CaptureError(`a packet of ${length} bytes has no room for its link header`, offset);
    yield {
      seconds: word(0),
      nanoseconds: word(4) * form.unit,
      direction: readDirection(data, start, form.littleEndian, length),
      protocolFamily: data.getUint16(start + 14),
      bytes: bytes.subarray(start + PSEUDO_HEADER_LENGTH, start + length),
      originalLength: word(12) - PSEUDO_HEADER_LENGTH,
    };
    offset = start + length;
  }
}

/** True where the snapshot length cut the packet off: its last message is not whole. */
export function isTruncated(packet: CapturedPacket): boolean {
  return packet.originalLength > packet.bytes.length;
}

function readForm(data: DataView): Form {
  if (data.byteLength < FILE_HEADER_LENGTH) throw new CaptureError('the file is too short for a capture', 0);
  const magic = data.getUint32(0, true);
  if (magic === MAGIC_PCAPNG)
    throw new CaptureError('the file is pcapng; `editcap -F pcap FROM TO` turns it into pcap', 0);
  const littleEndian = magic === MAGIC_MICROSECONDS || magic === MAGIC_NANOSECONDS;
  const ordered = data.getUint32(0, littleEndian);
  if (ordered !== MAGIC_MICROSECONDS && ordered !== MAGIC_NANOSECONDS)
    throw new CaptureError('the file is not a pcap capture', 0);
  const linkType = data.getUint32(20, littleEndian) & LINKTYPE_MASK;
  if (linkType !== LINKTYPE_NETLINK)
    throw new CaptureError(`the link type is ${linkType}, not ${LINKTYPE_NETLINK} (netlink, from nlmon)`, 20);
  return { littleEndian, unit: ordered === MAGIC_MICROSECONDS ? 1000 : 1 };
}

/**
 * The direction of a packet. Where the link header only says outgoing, requests are what goes to the
 * kernel: NLM_F_REQUEST is set on them and never on what the kernel sends.
 */
function readDirection(
  data: DataView,
  offset: number,
  littleEndian: boolean,
  length: number,
): CapturedPacket['direction'] {
  const hardware = data.getUint16(offset + 2);
  if (hardware !== ARPHRD_NETLINK)
    throw new CaptureError(`the link header names device type ${hardware}, not ${ARPHRD_NETLINK}`, offset);
  const kind = data.getUint16(offset);
  if (kind === PACKET_TO_KERNEL) return 'to-kernel';
  if (kind === PACKET_TO_USER) return 'to-user';
  if (kind === PACKET_OUTGOING) {
    if (length < PSEUDO_HEADER_LENGTH + HEADER_LENGTH) return 'to-user';
    const flags = data.getUint16(offset + PSEUDO_HEADER_LENGTH + 6, littleEndian);
    return (flags & MessageFlag.REQUEST) === 0 ? 'to-user' : 'to-kernel';
  }
  throw new CaptureError(`the link header has packet type ${kind}, not 4, 6 or 7`, offset);
}

/** Makes a capture file: pcap, little-endian, nanoseconds, link type 253. */
export class CaptureWriter {
  readonly #parts: Uint8Array[] = [];
  #length = FILE_HEADER_LENGTH;

  constructor() {
    const header = new DataView(new ArrayBuffer(FILE_HEADER_LENGTH));
    header.setUint32(0, MAGIC_NANOSECONDS, true);
    header.setUint16(4, 2, true);
    header.setUint16(6, 4, true);
    header.setUint32(16, SNAPSHOT_LENGTH, true);
    header.setUint32(20, LINKTYPE_NETLINK, true);
    this.#parts.push(new Uint8Array(header.buffer));
  }

  /** Appends a packet; its bytes are copied. `originalLength` is that of the bytes unless given. */
  write(
    packet: Omit<CapturedPacket, 'originalLength'> & { readonly originalLength?: number | undefined },
  ): void {
    const { bytes, originalLength = bytes.length } = packet;
    const record = new Uint8Array(RECORD_HEADER_LENGTH + PSEUDO_HEADER_LENGTH + bytes.length);
    const data = new DataView(record.buffer);
    data.setUint32(0, packet.seconds, true);
    data.setUint32(4, packet.nanoseconds, true);
    data.setUint32(8, PSEUDO_HEADER_LENGTH + bytes.length, true);
    data.setUint32(12, PSEUDO_HEADER_LENGTH + originalLength, true);
    const kind = packet.direction === 'to-kernel' ? PACKET_TO_KERNEL : PACKET_TO_USER;
    data.setUint16(RECORD_HEADER_LENGTH, kind);
    data.setUint16(RECORD_HEADER_LENGTH + 2, ARPHRD_NETLINK);
    data.setUint16(RECORD_HEADER_LENGTH + 14, packet.protocolFamily);
    record.set(bytes, RECORD_HEADER_LENGTH + PSEUDO_HEADER_LENGTH);
    this.#parts.push(record);
    this.#length += record.length;
  }

  /** The whole file so far, as a copy. */
  bytes(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }
}
