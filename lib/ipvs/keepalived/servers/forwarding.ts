import type {
  ForwardingMethod,
  Tunnel,
  TunnelChecksum,
  TunnelType,
} from '../../../../protocol/ipvs/index.ts';
import type { Statement } from '../syntax/blocks.ts';
import type { ValueParser } from './values.ts';

/** The forwarding method of a server, with its tunnel. */
export interface Forwarding {
  readonly forwarding: ForwardingMethod;
  readonly tunnel?: Tunnel;
}

const METHODS = ['NAT', 'DR', 'TUN'] as const;
const TYPES = ['ipip', 'gue', 'gre'] as const;
const CHECKSUMS = ['nocsum', 'csum', 'remcsum'] as const;

/**
 * Reads `NAT`, `DR` or `TUN [type TYPE [port PORT]] [CHECKSUM]`. Reports an error and returns undefined if it is
 * invalid.
 */
export function forwardingOf(statement: Statement, parser: ValueParser): Forwarding | undefined {
  const [word, ...rest] = statement.values;
  const method = parser.word(statement.keyword, word, METHODS);
  if (method === undefined) return undefined;
  if (method !== 'TUN') {
    if (!parser.checkCount(statement, 1, 1)) return undefined;
    return { forwarding: method === 'NAT' ? 'masq' : 'direct-route' };
  }
  let type: TunnelType | undefined = 'ipip';
  let port: number | undefined = 0;
  let checksum: TunnelChecksum | undefined = 'nocsum';
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    if (next.text === 'type') {
      type = parser.word(next, rest.shift(), TYPES);
      if (type === 'gue') {
        const keyword = parser.word(next, rest.shift(), ['port']);
        port = keyword && parser.number(next, rest.shift(), 1, 0xffff);
      }
    } else checksum = parser.word(statement.keyword, next, CHECKSUMS);
  }
  if (type === undefined || port === undefined || checksum === undefined) return undefined;
  return { forwarding: 'tunnel', tunnel: { type, port, checksum } };
}
