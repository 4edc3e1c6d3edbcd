/** An error in a capture: it holds no netlink traffic, or it is damaged or cut off. */
export class CaptureError extends Error {
  readonly code = 'ERR_CAPTURE';
  /** Where in the file, in bytes; `undefined` where the file as a whole is meant. */
  readonly offset: number | undefined;

  constructor(problem: string, offset?: number) {
    super(offset === undefined ? problem : `${problem} (at byte ${offset} of the capture)`);
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
  /** Where the file is damaged or cut off; the packets are those ahead of that. */
  readonly problem?: CaptureError | undefined;
}

/** True where the snapshot length cut the packet off: its last message is not whole. */
export function isTruncated(packet: CapturedPacket): boolean {
  return packet.originalLength > packet.bytes.length;
}
