const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => `${octet}`);
const DOT_OCTETS: readonly string[] = OCTETS.map((octet) => `.${octet}`);

const COLON = 0x3a;
const HEX_DIGITS: Uint8Array = Buffer.from('0123456789abcdef');
/** Room for the longest text of an address without dots: eight groups of four digits. */
const text: Buffer = Buffer.alloc(39);

/** The text of the IPv4 address whose four bytes start at `offset`. */
export function formatIPv4(bytes: Uint8Array, offset: number): string {
  return (
    OCTETS[bytes[offset]!]! +
    DOT_OCTETS[bytes[offset + 1]!]! +
    DOT_OCTETS[bytes[offset + 2]!]! +
    DOT_OCTETS[bytes[offset + 3]!]!
  );
}

/**
 * The canonical text (RFC 5952) of the IPv6 address whose 16 bytes start at `offset`.
 *
 * IPv4-mapped (`::ffff:0:0/96`) and IPv4-compatible addresses end in dotted form, as inet_ntop
 * writes them and ipvsadm shows them.
 */
export function formatIPv6(bytes: Uint8Array, offset: number): string {
  const zeros = longestZeroRun(bytes, offset);
  if (zeros.start === 0 && zeros.length === 6) return `::${formatIPv4(bytes, offset + 12)}`;
  if (zeros.start === 0 && zeros.length === 5 && groupAt(bytes, offset, 5) === 0xffff)
    return `::ffff:${formatIPv4(bytes, offset + 12)}`;
  let length = 0;
  for (let index = 0; index < 8; ) {
    if (index === zeros.start) {
      if (index === 0) text[length++] = COLON;
      text[length++] = COLON;
      index += zeros.length;
    } else {
      length = putGroup(groupAt(bytes, offset, index), length);
      if (++index < 8) text[length++] = COLON;
    }
  }
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

/** Writes a group without leading zeros; where it ends. */
function putGroup(group: number, at: number): number {
  let next = at;
  for (let shift = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0; shift >= 0; shift -= 4)
    text[next++] = HEX_DIGITS[(group >> shift) & 0xf]!;
  return next;
}
