import type { Counters, DestinationView, ServiceKey, ServiceView } from '../../../../protocol/ipvs/index.ts';
import { printable } from '../../../../protocol/netlink/text/printable.ts';
import type { SortKey } from '../../parse/command.ts';

/** What rows are sorted by, the largest first, and by address. */
export const sortKeys: readonly SortKey[] = ['conns', 'rate', 'bytes', 'total', 'address'];

/** A service or a real server, as a row shows it. */
export interface Row {
  /** The protocol of a service, or how packets reach a real server. */
  readonly kind: string;
  /** Address and port, or a firewall mark. */
  readonly name: string;
  /** Scheduler of a service; the same as `kind` of a real server. */
  readonly method: string;
  /** How many real servers a service has, or the weight of a real server. */
  readonly size: number;
  readonly active: number;
  readonly inactive: number;
  readonly counters: Counters;
  /** What identifies a service. */
  readonly service?: ServiceKey | undefined;
}

/** Sums over all that was read. */
export interface Totals {
  readonly services: number;
  readonly servers: number;
  readonly active: number;
  readonly inactive: number;
  readonly rates: { readonly [Name in RateName]: number };
}

/** The counters that are rates. */
export const rateNames = [
  'connectionRate',
  'incomingPacketRate',
  'outgoingPacketRate',
  'incomingByteRate',
  'outgoingByteRate',
] as const;
/** One of {@link rateNames}. */
type RateName = (typeof rateNames)[number];

/** Which rows are meant, and in what order. */
export interface Selection {
  readonly sort: SortKey;
  /** Text that they have, whatever the case; empty for all. */
  readonly filter: string;
}

/** Some rows, and how many there are. */
export interface Page {
  readonly rows: readonly Row[];
  readonly matching: number;
}

/** What one read has shown. */
export interface Sample {
  readonly totals: Totals;
  /** So many rows from that with this number on. */
  page(selection: Selection, offset: number, count: number): Page;
}

/** The kind and name of a service: `tcp` and `10.0.0.1:80`, `mark` and `7`, `mark6` and `7` for IPv6. */
export function serviceName(service: ServiceView): { readonly kind: string; readonly name: string } {
  const { mark, protocol } = service;
  if (mark !== undefined) return { kind: service.family === 'ipv6' ? 'mark6' : 'mark', name: String(mark) };
  return {
    kind: typeof protocol === 'number' ? `protocol-${protocol}` : protocol!,
    name: service.endpoint,
  };
}

/** How packets reach a real server, as a word. */
export function forwardingWord({ forwarding }: DestinationView): string {
  if (forwarding === 'direct-route') return 'route';
  return typeof forwarding === 'number' ? `method-${forwarding}` : forwarding;
}

/** Whether a row with these texts has what is looked for. */
export function hasText(filter: string, ...texts: readonly string[]): boolean {
  return printable(texts.join(' ')).toLowerCase().includes(filter.toLowerCase());
}

/** What a service or real server is sorted by. `active` are its connections. */
export function sortValue(of: Pick<ServiceView, 'counterNumber'>, active: number, sort: SortKey): number {
  switch (sort) {
    case 'conns':
      return active;
    case 'rate':
      return of.counterNumber('connectionRate');
    case 'bytes':
      return of.counterNumber('incomingByteRate') + of.counterNumber('outgoingByteRate');
    case 'total':
      return of.counterNumber('connections');
    default:
      return 0;
  }
}
