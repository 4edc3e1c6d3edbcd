/** A packet of a capture file, with its link header. */
export interface Frame {
  /** Link type (`LINKTYPE_*`) of the interface that it was captured on. */
  readonly linkType: number;
  /** Whole seconds since 1970. */
  readonly seconds: number;
  /** Nanoseconds within that second, 0-999999999. */
  readonly nanoseconds: number;
  readonly bytes: Uint8Array;
  /** Length before the snapshot length truncated it, in bytes. */
  readonly originalLength: number;
  /** Offset of its record in the file, in bytes. */
  readonly offset: number;
}

/** Yields the packets of a file in order. Throws a CaptureError where the file is malformed or truncated. */
export type Frames = Generator<Frame, void, undefined>;
