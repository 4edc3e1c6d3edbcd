import { CaptureError } from './capture.ts';
import type { Frames } from './frames.ts';

/** Magic numbers of pcap files with timestamps in microseconds and in nanoseconds. */
export const PcapMagic = { MICROSECONDS: 0xa1b2c3d4, NANOSECONDS: 0xa1b23c4d } as const;
export const PCAP_HEADER_LENGTH = 24;
export const PCAP_RECORD_HEADER_LENGTH = 16;
/**
 * Mask for the link type in the last 32-bit field of the file header; the upper bits give the length of the frame
 * check sequence (FCS).
 */
const LINK_TYPE_MASK = 0x03ffffff;

/** Whether a file starts with the magic number of pcap, in either byte order. */
export function isPcap(data: DataView): boolean {
  return littleEndian(data) !== undefined;
}

/** Whether a pcap file is little-endian; undefined if it is not a pcap file. */
function littleEndian(data: DataView): boolean | undefined {
  for (const little of [true, false]) {
    const magic = data.getUint32(0, little);
    if (magic === PcapMagic.MICROSECONDS || magic === PcapMagic.NANOSECONDS) return little;
  }
  return undefined;
}

/**
 * Yields the packets of a pcap file, each in its frame. If the file's header is truncated, the call itself throws a
 * {@link CaptureError}, not the first iteration.
 */
export function pcapFrames(bytes: Uint8Array): Frames {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PCAP_HEADER_LENGTH) throw new CaptureError('the header of the file is truncated', 0);
  return frames(bytes, data, littleEndian(data) === true);
}

function* frames(bytes: Uint8Array, data: DataView, little: boolean): Frames {
  const linkType = data.getUint32(20, little) & LINK_TYPE_MASK;
  const nanosecondsPerUnit = data.getUint32(0, little) === PcapMagic.MICROSECONDS ? 1000 : 1;
  for (let offset = PCAP_HEADER_LENGTH; offset < bytes.length; ) {
    const start = offset + PCAP_RECORD_HEADER_LENGTH;
    if (start > bytes.length) throw new CaptureError('the header of a packet is truncated', offset);
    const u32 = (at: number): number => data.getUint32(offset + at, little);
    const length = u32(8);
    if (length > bytes.length - start)
      throw new CaptureError(`a packet of ${length} bytes is truncated to ${bytes.length - start}`, offset);
    yield {
      linkType,
      seconds: u32(0),
      nanoseconds: u32(4) * nanosecondsPerUnit,
      bytes: bytes.subarray(start, start + length),
      originalLength: u32(12),
      offset,
    };
    offset = start + length;
  }
}
