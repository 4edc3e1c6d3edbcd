/**
 * Bytes with the views that decoding needs, made once for each buffer rather than for each
 * message.
 *
 * Every offset used on it counts from the start of `bytes`. Message and attribute headers lie on
 * multiples of 4 from there, which is what makes `words` usable; bytes that start elsewhere in
 * their ArrayBuffer are therefore copied. A Buffer is taken as the plain Uint8Array that it is, for
 * its own `slice` does not copy.
 */
export class ByteView {
  readonly bytes: Uint8Array;
  readonly data: DataView;
  /** The same bytes as host-endian 32-bit words: `words[offset >> 2]`. */
  readonly words: Int32Array;

  constructor(bytes: Uint8Array) {
    const aligned =
      bytes.byteOffset % 4 === 0
        ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        : new Uint8Array(bytes);
    this.bytes = aligned;
    this.data = new DataView(aligned.buffer, aligned.byteOffset, aligned.byteLength);
    this.words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
  }
}
