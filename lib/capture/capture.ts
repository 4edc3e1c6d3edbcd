/** A capture holds no netlink traffic, or is malformed or truncated. */
export class CaptureError extends Error {
  readonly code = 'ERR_CAPTURE';
  /** Offset in the file, in bytes; `undefined` for an error that concerns the whole file. */
  readonly offset: number | undefined;

  constructor(problem: string, offset?: number) {
    super(offset === undefined ? problem : `${problem} (at byte ${offset} of the capture)`);
    this.name = 'CaptureError';
    this.offset = offset;
  }
}

/** A netlink datagram recorded on an nlmon device. */
export interface CapturedPacket {
  /** Whole seconds since 1970. */
  readonly seconds: number;
  /** Nanoseconds within that second, 0-999999999. */
  readonly nanoseconds: number;
  readonly direction: 'to-kernel' | 'to-user';
  /** The netlink protocol (`NETLINK_*`): 16 for generic netlink. */
  readonly netlinkProtocol: number;
  /** The datagram, as far as it was captured. */
  readonly bytes: Uint8Array;
  /** Length of the datagram before the snapshot length truncated it, in bytes. */
  readonly originalLength: number;
}

/** The traffic of one capture file. */
export interface Capture {
  readonly packets: readonly CapturedPacket[];
  /** Set if the file is malformed or truncated; `packets` are those before that place. */
  readonly problem?: CaptureError | undefined;
}

/** Whether the snapshot length truncated the packet. */
export function isTruncated(packet: CapturedPacket): boolean {
  return packet.originalLength > packet.bytes.length;
}
