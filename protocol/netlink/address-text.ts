const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => `${octet}`);
const DOT_OCTETS: readonly string[] = OCTETS.map((octet) => `.${octet}`);

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
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2)
    groups.push((bytes[offset + index]! << 8) | bytes[offset + index + 1]!);
  const zeros = longestZeroRun(groups);
  if (zeros.start === 0 && (zeros.length === 6 || (zeros.length === 5 && groups[5] === 0xffff))) {
    return `${zeros.length === 5 ? '::ffff:' : '::'}${formatIPv4(bytes, offset + 12)}`;
  }
  if (zeros.length < 2) return groups.map(hex).join(':');
  const head = groups.slice(0, zeros.start).map(hex).join(':');
  const tail = groups
    .slice(zeros.start + zeros.length)
    .map(hex)
    .join(':');
  return `${head}::${tail}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let start = 0;
  let length = 0;
  for (let from = 0; from < groups.length; ) {
    let to = from;
    while (groups[to] === 0) to++;
    if (to - from > length) {
      start = from;
      length = to - from;
    }
    from = Math.max(to, from + 1);
  }
  return { start, length };
}

function hex(group: number): string {
  return group.toString(16);
}
