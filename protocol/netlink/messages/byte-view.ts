import { align } from './constants.ts';

/**
 * Bytes with the views that decoding needs, made once for each buffer rather than for each
 * message.
 *
 * Every offset used on it counts from the start of `bytes`. Message and attribute headers lie on
 * multiples of 4 from there, which is what makes `words` usable; bytes that start elsewhere in
 * their ArrayBuffer, or end in a word that the ArrayBuffer does not hold whole, are therefore
 * copied. A Buffer is taken as the plain Uint8Array that it is, for its own `slice` does not copy.
 */
export class ByteView {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** The same bytes, for integers in either byte order. */
  readonly data: DataView;
  /** The same bytes as host-endian 32-bit words, a last incomplete one included: `words[offset >> 2]`. */
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
