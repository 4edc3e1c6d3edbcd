import { PROTOCOL_NAMES, type Protocol, parseAddress } from '../../../protocol/ipvs/index.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';
import { checkOptions, type OptionChecks, string, wholeNumber } from '../../netlink/request/check-options.ts';
import { ADDRESS_LENGTH, type ConnectionRow, EndpointIndex } from './connection-row.ts';
import { type Prefix, parsePrefix, prefixTest } from './prefix.ts';

/** An address with one port, or with any port. */
export interface EndpointFilter {
  /** IPv4 or IPv6 address as text, without a zone. */
  readonly address: string;
  /** Port, 0-65535. Default: any. */
  readonly port?: number | undefined;
}

/** A filter of connections; a connection must match all of its conditions. */
export interface ConnectionFilter {
  /**
   * Virtual address to which the client connects. There is no filter for firewall marks, which /proc does not
   * show.
   */
  readonly virtual?: EndpointFilter | undefined;
  /** Destination. */
  readonly destination?: EndpointFilter | undefined;
  /** Address of the client, or a prefix: `198.51.100.7`, `2001:db8::/32`. */
  readonly client?: string | undefined;
  /** Protocol. */
  readonly protocol?: Protocol | undefined;
  /** State by the kernel's name, such as `ESTABLISHED`; upper or lower case. */
  readonly state?: string | undefined;
  /** Minimum time until the entry expires, in seconds. */
  readonly minimumExpires?: number | undefined;
  /** Maximum time until the entry expires, in seconds. */
  readonly maximumExpires?: number | undefined;
}

const endpointChecks: OptionChecks<EndpointFilter> = {
  address: (name, value) => void parseAddress(name, value),
  port: wholeNumber(0, 65535),
};

function checkEndpoint(name: string, value: unknown): void {
  checkOptions(value, endpointChecks, name);
  if ((value as Partial<EndpointFilter>).address === undefined)
    throw new FieldError(`${name}.address`, undefined, 'must be given');
}

export const filterChecks: OptionChecks<ConnectionFilter> = {
  virtual: checkEndpoint,
  destination: checkEndpoint,
  client: (name, value) => void parsePrefix(name, value),
  protocol: (name, value) => {
    if (typeof value === 'number') wholeNumber(0, 255)(name, value);
    else string(name, value);
  },
  state: string,
  minimumExpires: wholeNumber(0),
  maximumExpires: wholeNumber(0),
};

/** Whether a row matches. */
export type RowTest = (row: ConnectionRow) => boolean;

/** Returns a function that tests a row against a valid filter; undefined if every row matches. */
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
  if (virtual !== undefined) yield* endpointTests(EndpointIndex.VIRTUAL, virtual, 'virtual');
  if (destination !== undefined) yield* endpointTests(EndpointIndex.DESTINATION, destination, 'destination');
  if (client !== undefined) yield addressTest(EndpointIndex.CLIENT, parsePrefix('client', client));
  if (state !== undefined) yield (row) => row.state === state.toUpperCase();
  if (minimumExpires !== undefined) yield (row) => row.expires >= minimumExpires;
  if (maximumExpires !== undefined) yield (row) => row.expires <= maximumExpires;
}

function* endpointTests(index: number, { address, port }: EndpointFilter, name: string): Generator<RowTest> {
  if (port !== undefined) yield (row) => row.ports[index] === port;
  yield addressTest(index, parsePrefix(`${name}.address`, address));
}

function addressTest(index: number, prefix: Prefix): RowTest {
  const hasPrefix = prefixTest(prefix);
  return (row) => row.family(index) === prefix.family && hasPrefix(row.addresses, index * ADDRESS_LENGTH);
}
