import { align } from './constants.ts';

/**
 * A buffer and the typed views of it that decoders use, created once per buffer rather than once per
 * message.
 *
 * Offsets count from the start of `bytes`. Message and attribute headers are aligned to 4 bytes from
 * there, so that `words` can be used; bytes that are not aligned in their ArrayBuffer, or whose last word
 * would reach past its end, are copied. A Buffer becomes a plain Uint8Array, as the `slice` of a Buffer does
 * not copy.
 */
export class ByteView {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** The same bytes, for integers in either byte order. */
  readonly data: DataView;
  /** The same bytes as host-endian 32-bit words, an incomplete last word included: `words[offset >> 2]`. */
  readonly words: Int32Array;

  constructor(bytes: Uint8Array) {
    const { byteLength } = bytes;
    let { buffer, byteOffset } = bytes;
    if ((byteOffset & 3) !== 0 || byteOffset + align(byteLength) > buffer.byteLength) {
      const copy = new Uint8Array(align(byteLength));
      copy.set(bytes);
      buffer = copy.buffer;
      byteOffset = 0;
    }
    this.bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.data = new DataView(buffer, byteOffset, byteLength);
    this.words = new Int32Array(buffer, byteOffset, align(byteLength) >> 2);
  }
}
