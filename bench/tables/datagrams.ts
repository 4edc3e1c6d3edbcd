import type { Transport } from '../../lib/netlink.ts';
import { ByteView, HOST_IS_LITTLE_ENDIAN } from '../../protocol/index.ts';
import { DatagramReader } from '../reading/discard.ts';

/** The datagrams of a dump in one buffer; `bounds` are their offsets. */
export interface Datagrams {
  readonly bytes: Uint8Array;
  readonly bounds: readonly { readonly start: number; readonly end: number }[];
}

/** Records the datagrams of a dump of all services with destinations (IPVS_CMD_GET_SERVICE_DEST). */
export function recordDatagrams(open: () => Transport): Datagrams {
  const reader = new DatagramReader(open);
  try {
    const datagrams: Uint8Array[] = [];
    reader.read((datagram) => datagrams.push(datagram.slice()));
    return joinDatagrams(datagrams);
  } finally {
    reader.close();
  }
}

/** Copies datagrams into one buffer, from `offset` on, each padded to a multiple of 4 bytes. */
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

/** Size of the length that precedes each datagram in a file, in bytes. */
const LENGTH_BYTES = 4;

/** Returns datagrams as a file: each is preceded by its length (u32, host-endian). */
export function datagramsFile({ bytes, bounds }: Datagrams): Uint8Array {
  const total = bounds.reduce((sum, { start, end }) => sum + LENGTH_BYTES + end - start, 0);
  const file = new Uint8Array(total);
  const data = new DataView(file.buffer);
  let at = 0;
  for (const { start, end } of bounds) {
    data.setUint32(at, end - start, HOST_IS_LITTLE_ENDIAN);
    file.set(bytes.subarray(start, end), at + LENGTH_BYTES);
    at += LENGTH_BYTES + end - start;
  }
  return file;
}

/** Parses a file made by {@link datagramsFile}; for `offset` see {@link joinDatagrams}. */
export function readDatagramsFile(file: Uint8Array, offset = 0): Datagrams {
  const datagrams: Uint8Array[] = [];
  const { data } = new ByteView(file);
  for (let at = 0; at < file.length; ) {
    const length = data.getUint32(at, HOST_IS_LITTLE_ENDIAN);
    datagrams.push(file.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
    at += LENGTH_BYTES + length;
  }
  return joinDatagrams(datagrams, offset);
}
