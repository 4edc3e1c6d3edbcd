import { HEADER_LENGTH, HOST_IS_LITTLE_ENDIAN } from '../../protocol/netlink/index.ts';
import { type Capture, type CapturedPacket, CaptureError } from './capture.ts';
import type { Frames } from './frames.ts';
import { LINK_HEADER_LENGTH, LinkType, linkTypeText, netlinkPacket, writeLinkHeader } from './link-header.ts';
import {
  isPcap,
  PCAP_HEADER_LENGTH,
  PCAP_RECORD_HEADER_LENGTH,
  PcapMagic,
  pcapFrames,
} from './pcap-frames.ts';
import { isPcapng, pcapngFrames } from './pcapng-frames.ts';

const SNAPSHOT_LENGTH = 262144;
const GZIP_MAGIC = 0x1f8b;
/** How to record a usable capture, for error messages. */
const ADVICE =
  'record on an nlmon device: ip link add nlmon0 type nlmon; ip link set nlmon0 up; tcpdump -i nlmon0 -s 0 -w FILE';

/**
 * Reads a capture of netlink traffic: pcap or pcapng, with any time resolution, with link type 253 (netlink), or
 * with 113 or 276 (`tcpdump -i any`; packets of devices other than nlmon are ignored). The file may be in either
 * byte order.
 *
 * Throws a {@link CaptureError} for other files, for other link types, and for files whose netlink messages are not
 * in this machine's byte order. If a file is malformed or truncated somewhere after its header, the packets before that
 * place are returned, and `Capture.problem` is the error.
 */
export function readCapture(bytes: Uint8Array): Capture {
  const frames = framesOf(bytes);
  const packets: CapturedPacket[] = [];
  let otherLinkType: number | undefined;
  let problem: CaptureError | undefined;
  try {
    for (const frame of frames) {
      const packet = netlinkPacket(frame);
      if (packet !== undefined) packets.push(packet);
      else otherLinkType ??= frame.linkType;
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    problem = error;
  }
  if (packets.length === 0 && otherLinkType !== undefined) throw notNetlinkError(otherLinkType);
  checkByteOrder(packets);
  return { packets, problem };
}

function notNetlinkError(linkType: number): CaptureError {
  const { NETLINK, LINUX_SLL, LINUX_SLL2 } = LinkType;
  const what =
    linkType === LINUX_SLL || linkType === LINUX_SLL2
      ? 'holds no packet of an nlmon device'
      : `has link type ${linkTypeText(linkType)}, not ${NETLINK} (netlink)`;
  return new CaptureError(`the capture ${what}; ${ADVICE}`);
}

function framesOf(bytes: Uint8Array): Frames {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 0) throw new CaptureError('the file is empty');
  if (bytes.length < 4) throw new CaptureError('the file is too short for a capture');
  if (isPcap(data)) return pcapFrames(bytes);
  if (isPcapng(data)) return pcapngFrames(bytes);
  if (data.getUint16(0) === GZIP_MAGIC) throw new CaptureError('the file is compressed: gunzip it first');
  throw new CaptureError('the file is neither a pcap nor a pcapng capture');
}

/**
 * Throws a CaptureError if the messages are not in this machine's byte order. Netlink messages use the byte order
 * of the machine they were captured on, regardless of the file's byte order. The length field of the first message
 * in each datagram reveals which it is.
 */
function checkByteOrder(packets: readonly CapturedPacket[]): void {
  let own = 0;
  let foreign = 0;
  for (const { bytes, originalLength } of packets) {
    if (bytes.length < HEADER_LENGTH) continue;
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const fits = (littleEndian: boolean): boolean => {
      const length = data.getUint32(0, littleEndian);
      return length >= HEADER_LENGTH && length <= originalLength;
    };
    if (fits(HOST_IS_LITTLE_ENDIAN)) own++;
    else if (fits(!HOST_IS_LITTLE_ENDIAN)) foreign++;
  }
  if (foreign <= own) return;
  const [theirs, ours] = HOST_IS_LITTLE_ENDIAN ? ['big', 'little'] : ['little', 'big'];
  throw new CaptureError(
    `the capture was recorded on a ${theirs}-endian machine, and this one is ${ours}-endian: read it on a ${theirs}-endian machine`,
  );
}

/** Builds a capture file: pcap, little-endian, timestamps in nanoseconds, link type 253. */
export class CaptureWriter {
  readonly #parts: Uint8Array[] = [];

  constructor() {
    const header = new DataView(new ArrayBuffer(PCAP_HEADER_LENGTH));
    header.setUint32(0, PcapMagic.NANOSECONDS, true);
    header.setUint16(4, 2, true);
    header.setUint16(6, 4, true);
    header.setUint32(16, SNAPSHOT_LENGTH, true);
    header.setUint32(20, LinkType.NETLINK, true);
    this.#parts.push(new Uint8Array(header.buffer));
  }

  /** Appends a packet; its bytes are copied. `originalLength` defaults to the length of `bytes`. */
  write(
    packet: Omit<CapturedPacket, 'originalLength'> & { readonly originalLength?: number | undefined },
  ): void {
    const { bytes, originalLength = bytes.length } = packet;
    const start = PCAP_RECORD_HEADER_LENGTH + LINK_HEADER_LENGTH;
    const record = new Uint8Array(start + bytes.length);
    const data = new DataView(record.buffer);
    data.setUint32(0, packet.seconds, true);
    data.setUint32(4, packet.nanoseconds, true);
    data.setUint32(8, LINK_HEADER_LENGTH + bytes.length, true);
    data.setUint32(12, LINK_HEADER_LENGTH + originalLength, true);
    writeLinkHeader(data, PCAP_RECORD_HEADER_LENGTH, packet);
    record.set(bytes, start);
    this.#parts.push(record);
  }

  /** Returns a copy of the file as written so far. */
  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }
}
