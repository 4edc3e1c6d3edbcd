/** A packet of a capture file, its link header included. */
export interface Frame {
  /** `LINKTYPE_*` of the interface that it was seen on. */
  readonly linkType: number;
  /** Time since 1970, whole seconds. */
  readonly seconds: number;
  /** The rest of it, 0-999999999. */
  readonly nanoseconds: number;
  readonly bytes: Uint8Array;
  /** Length before the snapshot length cut it off. */
  readonly originalLength: number;
  /** Where in the file its record starts. */
  readonly offset: number;
}

/** The packets of a file, in order. Throws a CaptureError where the file is damaged or cut off. */
export type Frames = Generator<Frame, void, undefined>;
