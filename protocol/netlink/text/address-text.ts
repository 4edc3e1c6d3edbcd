const COLON = 0x3a;
const DOT = 0x2e;
const ZERO = 0x30;
const HEX_DIGITS: Uint8Array = Buffer.from('0123456789abcdef');
/**
 * Scratch buffer for the text of an IPv6 address: faster than joining a string per group. The longest text
 * has eight groups of four digits.
 */
const text: Buffer = Buffer.alloc(39);

/** Maximum length of an IPv4 address as text: four octets of three digits. */
const LONGEST_IPV4 = 15;
/**
 * Scratch arrays for the character codes of an IPv4 address, one for each length. A string made from all
 * codes at once is a single object; a concatenation is five (a rope) until it is flattened.
 */
const characters: readonly number[][] = Array.from({ length: LONGEST_IPV4 + 1 }, (_, length) =>
  new Array<number>(length).fill(0),
);
/** Number of decimal digits of each of the 256 values of an octet. */
const DIGITS: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => `${octet}`.length);

/** Returns the IPv4 address at `offset` (4 bytes) as text. */
export function formatIPv4(bytes: Uint8Array, offset: number): string {
  let length = 3;
  for (let index = offset; index < offset + 4; index++) length += DIGITS[bytes[index]!]!;
  const into = characters[length]!;
  let next = 0;
  for (let index = offset; index < offset + 4; index++) {
    if (index > offset) into[next++] = DOT;
    next = putOctet(bytes[index]!, into, next);
  }
  return String.fromCharCode(...into);
}

/** Writes a number from 0 to 255 in decimal at index `at` of `into`, and returns the index after it. */
function putOctet(octet: number, into: number[], at: number): number {
  let next = at;
  if (octet > 99) into[next++] = ZERO + ((octet * 41) >> 12);
  if (octet > 9) into[next++] = ZERO + (((octet * 205) >> 11) % 10);
  into[next++] = ZERO + (octet % 10);
  return next;
}

/**
 * Returns the IPv6 address at `offset` (16 bytes) as canonical text (RFC 5952).
 *
 * IPv4-mapped (`::ffff:0:0/96`) and IPv4-compatible addresses end in dotted form, as inet_ntop
 * writes them and ipvsadm shows them.
 */
export function formatIPv6(bytes: Uint8Array, offset: number): string {
  const { start, length: zeros } = longestZeroRun(bytes, offset);
  const compatible = start === 0 && zeros === 6;
  const mapped = start === 0 && zeros === 5 && groupAt(bytes, offset, 5) === 0xffff;
  const groups = compatible || mapped ? 6 : 8;
  let length = 0;
  for (let index = 0; index < groups; ) {
    if (index === start) {
      if (index === 0) text[length++] = COLON;
      text[length++] = COLON;
      index += zeros;
    } else {
      length = putGroup(groupAt(bytes, offset, index), length);
      if (++index < 8) text[length++] = COLON;
    }
  }
  const hexadecimal = text.toString('latin1', 0, length);
  return groups === 6 ? hexadecimal + formatIPv4(bytes, offset + 12) : hexadecimal;
}

function groupAt(bytes: Uint8Array, offset: number, index: number): number {
  return (bytes[offset + 2 * index]! << 8) | bytes[offset + 2 * index + 1]!;
}

/** Returns the first longest run of two or more zero groups; start -1 if there is none. */
function longestZeroRun(bytes: Uint8Array, offset: number): { start: number; length: number } {
  let start = -1;
  let length = 1;
  for (let from = 0; from < 8; ) {
    let to = from;
    while (to < 8 && groupAt(bytes, offset, to) === 0) to++;
    if (to - from > length) {
      start = from;
      length = to - from;
    }
    from = to + 1;
  }
  return { start, length };
}

/**
 * Writes a group in hexadecimal, without leading zeros, at index `at` of the text; returns the index after
 * it.
 */
function putGroup(group: number, at: number): number {
  let next = at;
  for (let shift = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0; shift >= 0; shift -= 4)
    text[next++] = HEX_DIGITS[(group >> shift) & 0xf]!;
  return next;
}
