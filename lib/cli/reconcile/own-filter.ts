import { PROTOCOL_NAMES, parseAddress, type ServiceKey } from '../../../protocol/ipvs/index.ts';
import { type Prefix, parsePrefix, prefixTest } from '../../ipvs/proc/prefix.ts';
import { CommandError } from '../parse/command-error.ts';
import { wholeNumber } from '../parse/values/numbers.ts';

type Filter = (service: ServiceKey) => boolean;
type Range = readonly [first: number, last: number];

const PROTOCOL = /^(tcp|udp|sctp):/;
const MAX_MARK = 0xffffffff;
const MAX_PORT = 65535;

/**
 * Parses the patterns of --own, which select the services that reconciling manages: addresses or prefixes, with an
 * optional protocol before and optional ports after them, or `fwmark:` with marks. Returns a function that tells
 * whether a service matches. Throws a CommandError.
 */
export function ownFilter(patterns: string): Filter {
  const filters = patterns.split(',').map((pattern) => filterOf(pattern.trim()));
  return (service) => filters.some((filter) => filter(service));
}

function filterOf(pattern: string): Filter {
  if (pattern.startsWith('fwmark:')) {
    const [first, last] = rangeOf(pattern, pattern.slice('fwmark:'.length), 1, MAX_MARK);
    return ({ mark }) => mark !== undefined && mark >= first && mark <= last;
  }
  const protocol = PROTOCOL.exec(pattern)?.[1];
  const { prefix, ports } = splitPorts(pattern, pattern.replace(PROTOCOL, ''));
  const inside = prefixFilter(pattern, prefix);
  const [first, last] = ports === undefined ? [0, MAX_PORT] : rangeOf(pattern, ports, 0, MAX_PORT);
  return (service) => {
    if (service.mark !== undefined) return false;
    const name = typeof service.protocol === 'number' ? PROTOCOL_NAMES[service.protocol] : service.protocol;
    if (protocol !== undefined && name !== protocol) return false;
    return service.port >= first && service.port <= last && inside(service.address);
  };
}

/** Splits `address[/length][:ports]`; an IPv6 address must be in brackets if ports follow. */
function splitPorts(
  pattern: string,
  text: string,
): { readonly prefix: string; readonly ports: string | undefined } {
  const match = /^(?:\[([\da-f:.]+)\]|([^:/]+))(\/\d+)?(?::([\d-]+))?$/i.exec(text);
  if (match !== null) return { prefix: `${match[1] ?? match[2]}${match[3] ?? ''}`, ports: match[4] };
  if (/^[\da-f:.]*:[\da-f:.]*(?:\/\d+)?$/i.test(text)) return { prefix: text, ports: undefined };
  throw patternError(pattern);
}

function prefixFilter(pattern: string, text: string): (address: string) => boolean {
  let prefix: Prefix;
  try {
    prefix = parsePrefix('prefix', text);
  } catch {
    throw patternError(pattern);
  }
  const inside = prefixTest(prefix);
  return (address) => {
    const { family, bytes } = parseAddress('address', address);
    return family === prefix.family && inside(bytes, 0);
  };
}

function rangeOf(pattern: string, text: string, minimum: number, maximum: number): Range {
  const [first = '', last = first, extra] = text.split('-');
  const range = [wholeNumber(first, minimum, maximum), wholeNumber(last, minimum, maximum)] as const;
  if (extra !== undefined || range[0] === undefined || range[1] === undefined || range[1] < range[0])
    throw patternError(pattern);
  return [range[0], range[1]];
}

function patternError(pattern: string): CommandError {
  return new CommandError(
    `--own ${pattern}: must be a pattern such as 192.0.2.0/24, tcp:192.0.2.1:80, udp:[2001:db8::]/32:53 or fwmark:1-9`,
  );
}
