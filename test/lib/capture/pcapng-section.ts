import type { CapturedPacket } from '../../../lib/capture/capture.ts';

/** What a pcapng section is made with. */
export interface PcapngOptions {
  readonly littleEndian?: boolean;
  readonly linkType?: number;
  /** The option if_tsresol: 6 for microseconds. */
  readonly resolution?: number;
  /** The option if_tsoffset, in seconds. */
  readonly offset?: bigint;
  readonly snapshotLength?: number;
  /** Type of the blocks that hold packets: enhanced (6), simple (3), or the obsolete packet block (2). */
  readonly blockType?: 6 | 3 | 2;
}

type BodyWriter = (data: DataView, littleEndian: boolean) => void;

/** A block; its body is `length` bytes, which `write` sets, followed by `rest`. */
function blockOf(
  littleEndian: boolean,
  type: number,
  length: number,
  write: BodyWriter,
  rest: Uint8Array,
): Uint8Array {
  const blockLength = (12 + length + rest.length + 3) & ~3;
  const bytes = new Uint8Array(blockLength);
  const data = new DataView(bytes.buffer);
  data.setUint32(0, type, littleEndian);
  data.setUint32(4, blockLength, littleEndian);
  data.setUint32(blockLength - 4, blockLength, littleEndian);
  write(new DataView(bytes.buffer, 8), littleEndian);
  bytes.set(rest, 8 + length);
  return bytes;
}

/** A pcapng section with one interface, made without any code of the reader. */
export function pcapngSection(
  packets: readonly Pick<CapturedPacket, 'seconds' | 'nanoseconds' | 'bytes' | 'originalLength'>[],
  options: PcapngOptions = {},
): Uint8Array {
  const {
    littleEndian = true,
    linkType = 253,
    resolution,
    offset,
    snapshotLength = 0,
    blockType = 6,
  } = options;
  const optionBytes: number[] = [];
  const bytesOf = (value: bigint, size: number): number[] => {
    const bytes = Array.from({ length: size }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
    return littleEndian ? bytes : bytes.reverse();
  };
  if (resolution !== undefined) optionBytes.push(...bytesOf(9n, 2), ...bytesOf(1n, 2), resolution, 0, 0, 0);
  if (offset !== undefined) optionBytes.push(...bytesOf(14n, 2), ...bytesOf(8n, 2), ...bytesOf(offset, 8));
  if (optionBytes.length > 0) optionBytes.push(0, 0, 0, 0);
  const ticksPerSecond =
    (resolution ?? 6) & 0x80 ? 2n ** BigInt(resolution! & 0x7f) : 10n ** BigInt(resolution ?? 6);
  const section: BodyWriter = (data) => {
    data.setUint32(0, 0x1a2b3c4d, littleEndian);
    data.setUint16(4, 1, littleEndian);
    data.setBigInt64(8, -1n, littleEndian);
  };
  const interfaceDescription: BodyWriter = (data) => {
    data.setUint16(0, linkType, littleEndian);
    data.setUint32(4, snapshotLength, littleEndian);
  };
  const parts = [
    blockOf(littleEndian, 0x0a0d0d0a, 16, section, new Uint8Array(0)),
    blockOf(littleEndian, 1, 8, interfaceDescription, Uint8Array.from(optionBytes)),
    // A block that readers skip: interface statistics.
    blockOf(littleEndian, 5, 12, () => {}, new Uint8Array(0)),
  ];
  for (const { seconds, nanoseconds, bytes, originalLength } of packets) {
    const time =
      (BigInt(seconds) - (offset ?? 0n)) * ticksPerSecond +
      (BigInt(nanoseconds) * ticksPerSecond) / 1_000_000_000n;
    parts.push(
      blockType === 3
        ? blockOf(littleEndian, 3, 4, (data) => data.setUint32(0, originalLength, littleEndian), bytes)
        : blockOf(
            littleEndian,
            blockType,
            20,
            (data) => {
              data.setUint32(4, Number(time >> 32n), littleEndian);
              data.setUint32(8, Number(time & 0xffffffffn), littleEndian);
              data.setUint32(12, bytes.length, littleEndian);
              data.setUint32(16, originalLength, littleEndian);
            },
            bytes,
          ),
    );
  }
  return new Uint8Array(Buffer.concat(parts));
}
