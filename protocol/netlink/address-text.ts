const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;
const HEX_DIGITS: Uint8Array = Buffer.from('0123456789abcdef');
/**
 * Where texts are put together: joining strings leaves their parts for V8 to join and to collect later, which takes
 * longer. The longest address without dots has eight groups of four digits.
 */
const text: Buffer = Buffer.alloc(39);

/** The text of the IPv4 address whose four bytes start at `offset`. */
export function formatIPv4(bytes: Uint8Array, offset: number): string {
  return text.toString('latin1', 0, putIPv4(bytes, offset, 0));
}

/**
 * The canonical text (RFC 5952) of the IPv6 address whose 16 bytes start at `offset`.
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
  if (groups === 6) length = putIPv4(bytes, offset + 12, length);
  return text.toString('latin1', 0, length);
}

function groupAt(bytes: Uint8Array, offset: number, index: number): number {
  return (bytes[offset + 2 * index]! << 8) | bytes[offset + 2 * index + 1]!;
}

/** The longest run of at least two groups of zeros, the first of several; start -1 where there is none. */
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

/** Puts four octets at `at` of the text, dots between them, and returns where they end. */
function putIPv4(bytes: Uint8Array, offset: number, at: number): number {
  let next = putOctet(bytes[offset]!, at);
  for (let index = 1; index < 4; index++) {
    text[next] = DOT;
    next = putOctet(bytes[offset + index]!, next + 1);
  }
  return next;
}

function putOctet(octet: number, at: number): number {
  let next = at;
  if (octet > 99) text[next++] = ZERO + Math.trunc(octet / 100);
  if (octet > 9) text[next++] = ZERO + (Math.trunc(octet / 10) % 10);
  text[next] = ZERO + (octet % 10);
  return next + 1;
}

/** The same for a group of hexadecimal digits, without leading zeros. */
function putGroup(group: number, at: number): number {
  let next = at;
  for (let shift = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0; shift >= 0; shift -= 4)
    text[next++] = HEX_DIGITS[(group >> shift) & 0xf]!;
  return next;
}
