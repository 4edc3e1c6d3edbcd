const COLON = 0x3a;
const HEX_DIGITS: Uint8Array = Buffer.from('0123456789abcdef');
/**
 * Where the groups of IPv6 are put together: joining a string for each takes longer. The longest text has eight
 * groups of four digits.
 */
const text: Buffer = Buffer.alloc(39);

/** The texts of the 256 values of an octet. */
const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => `${octet}`);
/** The same with a dot at the end. */
const DOTTED_OCTETS: readonly string[] = OCTETS.map((octet) => `${octet}.`);

/** The text of the IPv4 address whose four bytes start at `offset`. */
export function formatIPv4(bytes: Uint8Array, offset: number): string {
  return (
    DOTTED_OCTETS[bytes[offset]!]! +
    DOTTED_OCTETS[bytes[offset + 1]!]! +
    DOTTED_OCTETS[bytes[offset + 2]!]! +
    OCTETS[bytes[offset + 3]!]!
  );
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
  const hexadecimal = text.toString('latin1', 0, length);
  return groups === 6 ? hexadecimal + formatIPv4(bytes, offset + 12) : hexadecimal;
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

/** Puts a group of hexadecimal digits at `at` of the text, without leading zeros, and returns where it ends. */
function putGroup(group: number, at: number): number {
  let next = at;
  for (let shift = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0; shift >= 0; shift -= 4)
    text[next++] = HEX_DIGITS[(group >> shift) & 0xf]!;
  return next;
}
