const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => `${octet}`);
const DOT_OCTETS: readonly string[] = OCTETS.map((octet) => `.${octet}`);

/**
 * Texts of addresses that were met before, by the address's bytes as a number: a table names the same
 * hosts again and again, and sharing their texts leaves less for the garbage collector to copy. At
 * first every slot holds address 0.
 */
const SLOTS = 1024;
const metAddresses: Int32Array = new Int32Array(SLOTS);
const metTexts: string[] = new Array<string>(SLOTS).fill('0.0.0.0');

/** The text of the IPv4 address whose four bytes start at `offset`. */
export function formatIPv4(bytes: Uint8Array, offset: number): string {
  const a = bytes[offset]!;
  const b = bytes[offset + 1]!;
  const c = bytes[offset + 2]!;
  const d = bytes[offset + 3]!;
  const address = (a << 24) | (b << 16) | (c << 8) | d;
  const slot = (address ^ (address >>> 10) ^ (address >>> 20)) & (SLOTS - 1);
  if (metAddresses[slot] !== address) {
    metAddresses[slot] = address;
    metTexts[slot] = OCTETS[a]! + DOT_OCTETS[b]! + DOT_OCTETS[c]! + DOT_OCTETS[d]!;
  }
  return metTexts[slot]!;
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
