import assert from 'node:assert/strict';
import { CaptureError } from '../../../lib/capture/capture.ts';
import { readCapture } from '../../../lib/capture/pcap.ts';
import { message, u32 } from '../../protocol/reference-encoder.ts';
import { type PcapngOptions, pcapngSection } from './pcapng-section.ts';

/** A pcap file with one packet of four bytes, in the byte order and with the magic number given. */
export function pcap(
  littleEndian: boolean,
  magic: number,
  change: (data: DataView) => void = () => {},
): Uint8Array {
  const data = new DataView(new ArrayBuffer(24 + 16 + 20));
  const words: [number, number][] = [
    [0, magic],
    [16, 65535],
    [20, 253],
    [24, 7],
    [28, 123456],
    [32, 20],
    [36, 20],
  ];
  for (const [at, value] of words) data.setUint32(at, value, littleEndian);
  data.setUint16(40, 7);
  data.setUint16(42, 824);
  data.setUint16(54, 16);
  data.setUint32(56, 0x01020304);
  change(data);
  return new Uint8Array(data.buffer);
}

/** A packet as nlmon captures it: the link header and the datagram. */
export function frame(datagram: Uint8Array, packetType = 7, deviceType = 824): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16BE(packetType, 0);
  header.writeUInt16BE(deviceType, 2);
  header.writeUInt16BE(16, 14);
  return Buffer.concat([header, datagram]);
}

/** A request to the generic netlink family with id 33. */
export const request: Uint8Array = message({ type: 33, flags: 5 }, u32(0x10000001));

/** A pcapng file with one packet of an nlmon device, at 1000000000.25 s since 1970. */
export function pcapng(options: PcapngOptions = {}, bytes: Uint8Array = frame(request)): Uint8Array {
  const packet = { seconds: 1_000_000_000, nanoseconds: 250_000_000, bytes, originalLength: bytes.length };
  return pcapngSection([packet], options);
}

/** Asserts that these bytes are refused as a capture for this reason. */
export function assertRefused(bytes: Uint8Array, reason: RegExp): void {
  assert.throws(
    () => readCapture(bytes),
    (error) => error instanceof CaptureError && reason.test(error.message),
    `${reason}`,
  );
}
