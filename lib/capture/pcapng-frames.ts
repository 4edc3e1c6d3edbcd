import { CaptureError } from './capture.ts';
import type { Frame, Frames } from './frames.ts';

/** Block types (`draft-ietf-opsawg-pcapng`). */
const BlockType = {
  INTERFACE: 1,
  /** Obsolete, but written by old versions of Wireshark. */
  PACKET: 2,
  SIMPLE_PACKET: 3,
  ENHANCED_PACKET: 6,
  SECTION: 0x0a0d0d0a,
} as const;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Size of a block without its body, in bytes: its type, its length, and the length again at the end. */
const BLOCK_OVERHEAD = 12;
const OptionCode = { END: 0, TIME_RESOLUTION: 9, TIME_OFFSET: 14 } as const;
const DEFAULT_TICKS_PER_SECOND = 1_000_000n;
const NANOSECONDS_PER_SECOND = 1_000_000_000n;

interface Interface {
  readonly linkType: number;
  /** Maximum number of bytes captured of a packet; 0 for no limit. */
  readonly snapshotLength: number;
  readonly ticksPerSecond: bigint;
  /** Added to the timestamps of packets, in seconds (option `if_tsoffset`). */
  readonly secondsOffset: bigint;
}

/** A block of the file: its offset, and the offsets of the start and end of its body. */
interface Block {
  readonly type: number;
  readonly offset: number;
  readonly start: number;
  readonly end: number;
}

/** Whether a file starts with a section header block of pcapng. */
export function isPcapng(data: DataView): boolean {
  return data.getUint32(0) === BlockType.SECTION;
}

/**
 * Yields the packets of a pcapng file. Throws a {@link CaptureError} at once if its first block is malformed.
 */
export function pcapngFrames(bytes: Uint8Array): Frames {
  const reader = new PcapngReader(bytes);
  reader.startSection(0);
  return reader.frames();
}

class PcapngReader {
  readonly #bytes: Uint8Array;
  readonly #data: DataView;
  /** Whether the current section is little-endian, according to its header. */
  #littleEndian = true;
  /** The interfaces of the current section; packets refer to them by index. */
  #interfaces: Interface[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads the header of the section at `offset`: its byte order and version. */
  startSection(offset: number): void {
    if (this.#bytes.length - offset < BLOCK_OVERHEAD)
      throw new CaptureError('the header of a section is truncated', offset);
    this.#littleEndian = this.#data.getUint32(offset + 8, true) === BYTE_ORDER_MAGIC;
    if (this.#data.getUint32(offset + 8, this.#littleEndian) !== BYTE_ORDER_MAGIC)
      throw new CaptureError('a section of the pcapng file has no byte-order magic', offset);
    this.#interfaces = [];
    const { start, end } = this.#block(offset);
    if (end - start < 6) throw new CaptureError('the header of a section is truncated', offset);
    const version = this.#u16(start + 4);
    if (version !== 1) throw new CaptureError(`the pcapng file has version ${version}, not 1`, offset);
  }

  *frames(): Frames {
    for (let offset = 0; offset < this.#bytes.length; ) {
      if (this.#bytes.length - offset >= 4 && this.#data.getUint32(offset) === BlockType.SECTION)
        this.startSection(offset);
      const block = this.#block(offset);
      if (block.type === BlockType.INTERFACE) this.#interfaces.push(this.#readInterface(block));
      const frame = this.#frame(block);
      if (frame !== undefined) yield frame;
      offset = block.end + 4;
    }
  }

  #u16(at: number): number {
    return this.#data.getUint16(at, this.#littleEndian);
  }

  #u32(at: number): number {
    return this.#data.getUint32(at, this.#littleEndian);
  }

  #block(offset: number): Block {
    const rest = this.#bytes.length - offset;
    if (rest < BLOCK_OVERHEAD) throw new CaptureError('a block is truncated', offset);
    const length = this.#u32(offset + 4);
    if (length < BLOCK_OVERHEAD || length % 4 !== 0)
      throw new CaptureError(`a block cannot have ${length} bytes`, offset);
    if (length > rest) throw new CaptureError(`a block of ${length} bytes is truncated to ${rest}`, offset);
    const end = offset + length - 4;
    if (this.#u32(end) !== length)
      throw new CaptureError(`a block of ${length} bytes ends with the length ${this.#u32(end)}`, offset);
    return { type: this.#u32(offset), offset, start: offset + 8, end };
  }

  #readInterface(block: Block): Interface {
    const { start } = block;
    requireBody(block, 8);
    let ticksPerSecond = DEFAULT_TICKS_PER_SECOND;
    let secondsOffset = 0n;
    for (const [code, at, length] of this.#options(block, start + 8)) {
      if (code === OptionCode.TIME_RESOLUTION && length === 1) {
        const exponent = this.#bytes[at]!;
        ticksPerSecond = (exponent & 0x80) === 0 ? 10n ** BigInt(exponent) : 2n ** BigInt(exponent & 0x7f);
      } else if (code === OptionCode.TIME_OFFSET && length === 8) {
        secondsOffset = this.#data.getBigInt64(at, this.#littleEndian);
      }
    }
    return {
      linkType: this.#u16(start),
      snapshotLength: this.#u32(start + 4),
      ticksPerSecond,
      secondsOffset,
    };
  }

  *#options(
    { end, offset }: Block,
    start: number,
  ): Generator<readonly [code: number, at: number, length: number]> {
    for (let at = start; end - at >= 4; ) {
      const code = this.#u16(at);
      const length = this.#u16(at + 2);
      if (code === OptionCode.END) return;
      if (length > end - at - 4)
        throw new CaptureError('an option is longer than the rest of its block', offset);
      yield [code, at + 4, length];
      at += 4 + ((length + 3) & ~3);
    }
  }

  #frame(block: Block): Frame | undefined {
    const { type, start, end, offset } = block;
    if (type === BlockType.SIMPLE_PACKET) {
      requireBody(block, 4);
      const source = this.#interface(0, offset);
      const originalLength = this.#u32(start);
      const length = Math.min(originalLength, source.snapshotLength || originalLength);
      return this.#packet(block, source, 0n, start + 4, Math.min(length, end - start - 4), originalLength);
    }
    if (type !== BlockType.ENHANCED_PACKET && type !== BlockType.PACKET) return undefined;
    requireBody(block, 20);
    const index = type === BlockType.PACKET ? this.#u16(start) : this.#u32(start);
    const source = this.#interface(index, offset);
    const ticks = (BigInt(this.#u32(start + 4)) << 32n) | BigInt(this.#u32(start + 8));
    return this.#packet(block, source, ticks, start + 20, this.#u32(start + 12), this.#u32(start + 16));
  }

  #interface(index: number, offset: number): Interface {
    const found = this.#interfaces[index];
    if (found === undefined)
      throw new CaptureError(
        `a packet refers to interface ${index}, which its section does not describe`,
        offset,
      );
    return found;
  }

  #packet(
    { offset, end }: Block,
    { linkType, ticksPerSecond, secondsOffset }: Interface,
    ticks: bigint,
    start: number,
    length: number,
    originalLength: number,
  ): Frame {
    if (length > end - start)
      throw new CaptureError(
        `a packet of ${length} bytes is longer than the ${end - start} bytes left in its block`,
        offset,
      );
    return {
      linkType,
      seconds: Number(ticks / ticksPerSecond + secondsOffset),
      nanoseconds: Number(((ticks % ticksPerSecond) * NANOSECONDS_PER_SECOND) / ticksPerSecond),
      bytes: this.#bytes.subarray(start, start + length),
      originalLength,
      offset,
    };
  }
}

function requireBody({ start, end, type, offset }: Block, length: number): void {
  if (end - start < length)
    throw new CaptureError(`the body of a block of type ${type} has only ${end - start} bytes`, offset);
}
