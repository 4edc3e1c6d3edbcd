/**
 * A second, simple decoder of services and destinations, with which the project's own is compared: it copies all
 * attributes into a map by type, and shares no code with the other.
 */
import { isIPv6 } from 'node:net';

/** Reads every attribute; throws a RangeError for a length that does not fit. */
export function referenceAttributes(bytes: Buffer): { type: number; value: Buffer }[] {
  const found: { type: number; value: Buffer }[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 4) throw new RangeError('rest');
    const length = bytes.readUInt16LE(at);
    if (length < 4 || at + length > bytes.length) throw new RangeError('length');
    found.push({ type: bytes.readUInt16LE(at + 2), value: Buffer.from(bytes.subarray(at + 4, at + length)) });
    at += Math.ceil(length / 4) * 4;
  }
  return found;
}

const SERVICE_LENGTHS = new Map([
  [1, 2],
  [2, 2],
  [3, 16],
  [4, 2],
  [5, 4],
  [7, 8],
  [8, 4],
  [9, 4],
]);
const DESTINATION_LENGTHS = new Map([
  [1, 16],
  [2, 2],
  [3, 4],
  [4, 4],
  [5, 4],
  [6, 4],
  [7, 4],
  [8, 4],
  [9, 4],
  [11, 2],
  [13, 1],
  [14, 2],
  [15, 2],
]);

interface WalkedAttributes {
  /** The value of each known type; of a repeated one the last. */
  readonly last: ReadonlyMap<number, Buffer>;
  readonly unknown: readonly { type: number; bytes: Uint8Array }[] | undefined;
}

function walk(bytes: Buffer, lengths: ReadonlyMap<number, number>, maximumType: number): WalkedAttributes {
  const last = new Map<number, Buffer>();
  const unknown: { type: number; bytes: Uint8Array }[] = [];
  for (const { type: raw, value } of referenceAttributes(bytes)) {
    const type = raw & 0x3fff;
    if (value.length < (lengths.get(type) ?? 0)) throw new RangeError('short');
    if (type === 0 || type > maximumType) unknown.push({ type: raw, bytes: new Uint8Array(value) });
    else last.set(type, value);
  }
  return { last, unknown: unknown.length === 0 ? undefined : unknown };
}

function required(map: ReadonlyMap<number, Buffer>, type: number): Buffer {
  const value = map.get(type);
  if (value === undefined) throw new RangeError(`no ${type}`);
  return value;
}

function familyOf(value: Buffer): 'ipv4' | 'ipv6' {
  const number = value.readUInt16LE();
  if (number !== 2 && number !== 10) throw new RangeError('family');
  return number === 2 ? 'ipv4' : 'ipv6';
}

function textOf(value: Buffer): string {
  const nul = value.indexOf(0);
  return losslessText(value.subarray(0, nul === -1 ? value.length : nul));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes UTF-8; every byte that is not valid UTF-8 becomes the surrogate U+DC00 + byte. */
function losslessText(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const [length, character] = characterAt(bytes, at);
    text += character;
    at += length;
  }
  return text;
}

function characterAt(bytes: Buffer, at: number): readonly [length: number, character: string] {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    try {
      return [length, decoder.decode(bytes.subarray(at, at + length))];
    } catch {}
  }
  return [1, String.fromCharCode(0xdc00 + bytes[at]!)];
}

/** Returns the text of an address by inet_ntop's rules, by replacing the longest run of zeros in the complete text. */
export function referenceAddress(family: 'ipv4' | 'ipv6', value: Buffer): string {
  if (family === 'ipv4') return [...value.subarray(0, 4)].join('.');
  const groups = Array.from({ length: 8 }, (_, at) => value.readUInt16BE(at * 2).toString(16));
  const dotted = [...value.subarray(12, 16)].join('.');
  if (/^(0:){5}ffff:/.test(groups.join(':'))) return `::ffff:${dotted}`;
  if (/^(0:){6}[^0]/.test(groups.join(':'))) return `::${dotted}`;
  const whole = `:${groups.join(':')}:`;
  const runs = [...whole.matchAll(/(?::0)+(?=:)/g)].filter(([run]) => run.length > 2);
  if (runs.length === 0) return groups.join(':');
  const longest = runs.reduce((best, run) => (run[0].length > best[0].length ? run : best));
  const head = whole.slice(1, longest.index);
  const tail = whole.slice(longest.index + longest[0].length + 1, -1);
  const text = `${head}::${tail}`;
  if (!isIPv6(text)) throw new Error(`the reference decoder made ${text}`);
  return text;
}

const COUNTERS = [
  'connections',
  'incomingPackets',
  'outgoingPackets',
  'incomingBytes',
  'outgoingBytes',
  'connectionRate',
  'incomingPacketRate',
  'outgoingPacketRate',
  'incomingByteRate',
  'outgoingByteRate',
];

function counters(
  stats: Buffer | undefined,
  stats64: Buffer | undefined,
): { is64Bit: boolean; values: Record<string, bigint> } {
  const is64Bit = stats64 !== undefined;
  const values = Object.fromEntries(COUNTERS.map((name) => [name, 0n]));
  for (const { type: raw, value } of referenceAttributes(stats64 ?? stats ?? Buffer.alloc(0))) {
    const type = raw & 0x3fff;
    if (type < 1 || type > 10) continue;
    const long = is64Bit || type === 4 || type === 5;
    if (value.length < (long ? 8 : 4)) throw new RangeError('counter');
    values[COUNTERS[type - 1]!] = long ? value.readBigUInt64LE() : BigInt(value.readUInt32LE());
  }
  return { is64Bit, values };
}

const SCHEDULER_FLAGS: Record<string, readonly string[]> = {
  sh: ['sh-fallback', 'sh-port', 'flag-3'],
  mh: ['mh-fallback', 'mh-port', 'flag-3'],
};

/** Decodes the payload of a SERVICE nest to the properties that `decodeService` returns, counters as plain values. */
export function referenceService(bytes: Buffer): unknown {
  const { last, unknown } = walk(bytes, SERVICE_LENGTHS, 13);
  const family = familyOf(required(last, 1));
  const scheduler = textOf(required(last, 6));
  const flags = last.get(7)?.readUInt32LE() ?? 0;
  const mark = last.get(5)?.readUInt32LE();
  const names = new Map([6, 17, 132].map((number, at) => [number, ['tcp', 'udp', 'sctp'][at]]));
  const protocol = mark === undefined ? required(last, 2).readUInt16LE() : undefined;
  const mask = last.get(9);
  const flagNames = new Map(Object.entries(SCHEDULER_FLAGS)).get(scheduler) ?? ['flag-1', 'flag-2', 'flag-3'];
  const engine = last.get(11);
  return {
    family,
    protocol: protocol === undefined ? undefined : (names.get(protocol) ?? protocol),
    address: mark === undefined ? referenceAddress(family, required(last, 3)) : undefined,
    port: mark === undefined ? required(last, 4).readUInt16BE() : undefined,
    mark,
    scheduler,
    persistence:
      flags & 1
        ? {
            timeout: last.get(8)?.readUInt32LE() ?? 0,
            ...(mask === undefined
              ? {}
              : family === 'ipv4'
                ? { netmask: referenceAddress('ipv4', mask) }
                : { prefixLength: mask.readUInt32LE() }),
          }
        : undefined,
    onePacket: (flags & 4) !== 0,
    schedulerFlags: flagNames.filter((_, bit) => flags & (8 << bit)),
    persistenceEngine: engine === undefined ? undefined : textOf(engine),
    otherFlags: (flags & ~63) >>> 0,
    unknown,
    counters: counters(last.get(10), last.get(12)),
  };
}

/** Returns the bytes of the attributes that identify a service, as text; those of absent attributes are 0. */
export function referenceServiceKey(bytes: Buffer): string {
  const { last } = walk(bytes, SERVICE_LENGTHS, 13);
  const values = [1, 2, 3, 4, 5].map((type) => {
    const length = SERVICE_LENGTHS.get(type)!;
    return (last.get(type) ?? Buffer.alloc(length)).toString('hex', 0, length);
  });
  return `${last.has(5)} ${values}`;
}

/** Decodes the list of destinations in a SERVICE nest; undefined if there is none. */
export function referenceServiceDestinations(bytes: Buffer): unknown[] | undefined {
  const { last } = walk(bytes, SERVICE_LENGTHS, 13);
  const list = last.get(13);
  if (list === undefined) return undefined;
  const family = familyOf(required(last, 1));
  return referenceAttributes(list).map(({ value }) => referenceDestination(value, family));
}

/** Decodes the payload of a DEST nest to the properties that `decodeDestination` returns. */
export function referenceDestination(bytes: Buffer, serviceFamily: 'ipv4' | 'ipv6'): unknown {
  const { last, unknown } = walk(bytes, DESTINATION_LENGTHS, 15);
  const ownFamily = last.get(11);
  const family = ownFamily === undefined ? serviceFamily : familyOf(ownFamily);
  const word = (type: number): number => last.get(type)?.readUInt32LE() ?? 0;
  const forwarding = word(3) & 7;
  const tunnelType = last.get(13)?.readUInt8();
  const tunnelPort = last.get(14)?.readUInt16BE();
  const tunnelFlags = last.get(15)?.readUInt16LE();
  const hasTunnel = tunnelType !== undefined || tunnelPort !== undefined || tunnelFlags !== undefined;
  const isReported = hasTunnel && (forwarding === 2 || Boolean(tunnelType || tunnelPort || tunnelFlags));
  return {
    family,
    address: referenceAddress(family, required(last, 1)),
    port: required(last, 2).readUInt16BE(),
    forwarding: ['masq', 'local', 'tunnel', 'direct-route', 'bypass'][forwarding] ?? forwarding,
    weight: last.get(4)?.readInt32LE() ?? 0,
    upperThreshold: word(5),
    lowerThreshold: word(6),
    tunnel: isReported
      ? {
          type: ['ipip', 'gue', 'gre'][tunnelType ?? 0] ?? tunnelType,
          port: tunnelPort ?? 0,
          checksum: ['nocsum', 'csum', 'remcsum'][tunnelFlags ?? 0] ?? tunnelFlags,
        }
      : undefined,
    activeConnections: word(7),
    inactiveConnections: word(8),
    persistentConnections: word(9),
    unknown,
    counters: counters(last.get(10), last.get(12)),
  };
}
