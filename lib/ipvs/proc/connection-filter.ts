import { type Family, PROTOCOL_NAMES, type Protocol, parseAddress } from '../../../protocol/ipvs/index.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';
import { checkOptions, type OptionChecks, text, wholeNumber } from '../../netlink/request/check-options.ts';
import { ADDRESS, type ConnectionRow, Side } from './connection-row.ts';

/** An address with all of its ports, or with one. */
export interface EndpointFilter {
  /** IPv4 or IPv6 address as text, without a zone. */
  readonly address: string;
  /** 0-65535. Default: any. */
  readonly port?: number | undefined;
}

/** A filter of connections, which have to fulfil all conditions that are given. */
export interface ConnectionFilter {
  /** The address that the client sends to. There is no condition for a firewall mark, which /proc does not show. */
  readonly virtual?: EndpointFilter | undefined;
  /** Only connections to this destination. */
  readonly destination?: EndpointFilter | undefined;
  /** The address of a client, or a prefix: `198.51.100.7`, `2001:db8::/32`. */
  readonly client?: string | undefined;
  /** Only connections of this protocol. */
  readonly protocol?: Protocol | undefined;
  /** The state as the kernel names it, such as `ESTABLISHED`; in upper or lower case. */
  readonly state?: string | undefined;
  /** Minimum time until the entry expires, in seconds. */
  readonly minimumExpires?: number | undefined;
  /** Maximum time until the entry expires, in seconds: the kernel shows no other age. */
  readonly maximumExpires?: number | undefined;
}

const endpointChecks: OptionChecks<EndpointFilter> = {
  address: (name, value) => void parseAddress(name, value),
  port: wholeNumber(0, 65535),
};

function endpoint(name: string, value: unknown): void {
  checkOptions(value, endpointChecks, name);
  if ((value as Partial<EndpointFilter>).address === undefined)
    throw new FieldError(`${name}.address`, undefined, 'must be given');
}

export const filterChecks: OptionChecks<ConnectionFilter> = {
  virtual: endpoint,
  destination: endpoint,
  client: (name, value) => void prefixOf(name, value),
  protocol: (name, value) => {
    if (typeof value === 'number') wholeNumber(0, 255)(name, value);
    else text(name, value);
  },
  state: text,
  minimumExpires: wholeNumber(0),
  maximumExpires: wholeNumber(0),
};

/** Whether a row passes a filter. */
export type RowTest = (row: ConnectionRow) => boolean;

/** The test of a filter that was checked; undefined where every row passes. */
export function rowTest(filter: ConnectionFilter): RowTest | undefined {
  const tests = [...testsOf(filter)];
  if (tests.length === 0) return undefined;
  return (row) => tests.every((test) => test(row));
}

function* testsOf(filter: ConnectionFilter): Generator<RowTest> {
  const { virtual, destination, client, protocol, state, minimumExpires, maximumExpires } = filter;
  if (protocol !== undefined) {
    const name = typeof protocol === 'number' ? (PROTOCOL_NAMES[protocol] ?? String(protocol)) : protocol;
    yield (row) => row.protocol === name.toLowerCase();
  }
  if (virtual !== undefined) yield* endpointTests(Side.VIRTUAL, virtual, 'virtual');
  if (destination !== undefined) yield* endpointTests(Side.DESTINATION, destination, 'destination');
  if (client !== undefined) yield prefixTest(Side.CLIENT, prefixOf('client', client));
  if (state !== undefined) yield (row) => row.state === state.toUpperCase();
  if (minimumExpires !== undefined) yield (row) => row.expires >= minimumExpires;
  if (maximumExpires !== undefined) yield (row) => row.expires <= maximumExpires;
}

function* endpointTests(side: number, { address, port }: EndpointFilter, name: string): Generator<RowTest> {
  if (port !== undefined) yield (row) => row.ports[side] === port;
  const { family, bytes } = parseAddress(`${name}.address`, address);
  yield prefixTest(side, { family, bytes, bits: family === 'ipv4' ? 32 : 128 });
}

/** Addresses that begin with the same bits. */
interface Prefix {
  readonly family: Family;
  readonly bytes: Uint8Array;
  readonly bits: number;
}

function prefixOf(name: string, value: unknown): Prefix {
  const [address, length, ...more] = typeof value === 'string' ? value.split('/') : [];
  const { family, bytes } = parseAddress(name, address ?? value);
  const maximum = family === 'ipv4' ? 32 : 128;
  const bits = length === undefined ? maximum : /^\d{1,3}$/.test(length) ? Number(length) : maximum + 1;
  if (bits > maximum || more.length > 0)
    throw new FieldError(name, value, `must have a prefix length from 0 to ${maximum}`);
  return { family, bytes, bits };
}

function prefixTest(side: number, { family, bytes, bits }: Prefix): RowTest {
  const wholeBytes = bits >> 3;
  const restBits = bits & 7;
  const mask = (0xff00 >> restBits) & 0xff;
  const first = side * ADDRESS;
  return (row) => {
    if (row.family(side) !== family) return false;
    const { addresses } = row;
    for (let index = 0; index < wholeBytes; index++)
      if (addresses[first + index] !== bytes[index]) return false;
    return restBits === 0 || ((addresses[first + wholeBytes]! ^ bytes[wholeBytes]!) & mask) === 0;
  };
}
