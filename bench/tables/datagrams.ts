import type { Transport } from '../../lib/netlink.ts';
import { ByteView, LITTLE_ENDIAN } from '../../protocol/index.ts';
import { DiscardingReader } from '../reading/discard.ts';

/** The datagrams of a dump in one buffer. */
export interface Datagrams {
  readonly bytes: Uint8Array;
  readonly bounds: readonly { readonly start: number; readonly end: number }[];
}

/** Records the datagrams of a single dump from the kernel at the other end of a transport. */
export function recordDump(open: () => Transport): Datagrams {
  const reader = new DiscardingReader(open);
  try {
    const found: Uint8Array[] = [];
    reader.read((datagram) => found.push(datagram.slice()));
    return joinDatagrams(found);
  } finally {
    reader.close();
  }
}

/** Copies datagrams into one buffer, each at a multiple of 4 plus `offset`. */
export function joinDatagrams(datagrams: readonly Uint8Array[], offset = 0): Datagrams {
  const bounds: { start: number; end: number }[] = [];
  let length = offset;
  for (const datagram of datagrams) {
    bounds.push({ start: length, end: length + datagram.length });
    length += (datagram.length + 3) & ~3;
  }
  const bytes = new Uint8Array(length);
  for (const [index, datagram] of datagrams.entries()) bytes.set(datagram, bounds[index]!.start);
  return { bytes, bounds };
}

const LENGTH = 4;

/** Returns datagrams as a file: each is preceded by its length (u32, host-endian). */
export function datagramsFile({ bytes, bounds }: Datagrams): Uint8Array {
  const total = bounds.reduce((sum, { start, end }) => sum + LENGTH + end - start, 0);
  const file = new Uint8Array(total);
  const data = new DataView(file.buffer);
  let at = 0;
  for (const { start, end } of bounds) {
    data.setUint32(at, end - start, LITTLE_ENDIAN);
    file.set(bytes.subarray(start, end), at + LENGTH);
    at += LENGTH + end - start;
  }
  return file;
}

/** Parses a file made by {@link datagramsFile}; `offset` is that of {@link joinDatagrams}. */
export function readDatagramsFile(file: Uint8Array, offset = 0): Datagrams {
  const found: Uint8Array[] = [];
  const { data } = new ByteView(file);
  for (let at = 0; at < file.length; ) {
    const length = data.getUint32(at, LITTLE_ENDIAN);
    found.push(file.subarray(at + LENGTH, at + LENGTH + length));
    at += LENGTH + length;
  }
  return joinDatagrams(found, offset);
}
