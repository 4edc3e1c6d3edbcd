import type {
  Counters,
  DestinationView,
  rateNames,
  ServiceKey,
  ServiceView,
} from '../../../../protocol/ipvs/index.ts';
import { printable } from '../../../../protocol/netlink/text/printable.ts';
import type { SortKey } from '../../parse/command.ts';

/** The sort keys: by descending values, or by address. */
export const sortKeys: readonly SortKey[] = ['conns', 'rate', 'bytes', 'total', 'address'];

/** A service or a real server in a row. */
export interface Row {
  /** Protocol of a service; `mark` or `mark6` if it has a firewall mark. Empty for a real server. */
  readonly protocol: string;
  /** Address and port, or a firewall mark. */
  readonly name: string;
  /** Scheduler of a service, or forwarding method of a real server. */
  readonly schedulerOrForwarding: string;
  /** Number of real servers of a service, or weight of a real server. */
  readonly serversOrWeight: number;
  /** Number of active connections. */
  readonly active: number;
  readonly inactive: number;
  readonly counters: Counters;
  /** Key of a service; undefined for a real server. */
  readonly service?: ServiceKey | undefined;
}

/** Sums over all rows. */
export interface Totals {
  readonly services: number;
  readonly servers: number;
  readonly active: number;
  readonly inactive: number;
  readonly rates: { readonly [Name in RateName]: number };
}

/** One of {@link rateNames}. */
type RateName = (typeof rateNames)[number];

/** A filter and an order of rows. */
export interface FilterAndOrder {
  readonly sort: SortKey;
  /** Text that rows must contain, ignoring case; empty for all rows. */
  readonly filter: string;
}

/** Some of the rows that match a filter, and the number of all that match it. */
export interface Page {
  readonly rows: readonly Row[];
  readonly matching: number;
}

/** The result of one read. */
export interface Snapshot {
  readonly totals: Totals;
  /** Returns `count` rows, starting with the row at `offset`. */
  page(filterAndOrder: FilterAndOrder, offset: number, count: number): Page;
}

/**
 * Returns the protocol and name of a service in a row: `tcp` and `10.0.0.1:80`, `mark` and `7`, `mark6` and `7`
 * for IPv6.
 */
export function serviceName(service: ServiceView): { readonly protocol: string; readonly name: string } {
  const { mark, protocol, family } = service;
  if (mark !== undefined) return { protocol: family === 'ipv6' ? 'mark6' : 'mark', name: String(mark) };
  return {
    protocol: typeof protocol === 'number' ? `protocol-${protocol}` : protocol!,
    name: service.endpoint,
  };
}

/** Returns the forwarding method of a real server as a word. */
export function forwardingName({ forwarding }: DestinationView): string {
  if (forwarding === 'direct-route') return 'route';
  return typeof forwarding === 'number' ? `method-${forwarding}` : forwarding;
}

/** Whether a row with these texts matches a filter. */
export function hasText(filter: string, ...texts: readonly string[]): boolean {
  return printable(texts.join(' ')).toLowerCase().includes(filter.toLowerCase());
}

/**
 * Returns the value by which a service or real server is sorted; `active` is the number of its active
 * connections.
 */
export function sortValue(object: Pick<ServiceView, 'counterNumber'>, active: number, sort: SortKey): number {
  switch (sort) {
    case 'conns':
      return active;
    case 'rate':
      return object.counterNumber('connectionRate');
    case 'bytes':
      return object.counterNumber('incomingByteRate') + object.counterNumber('outgoingByteRate');
    case 'total':
      return object.counterNumber('connections');
    default:
      return 0;
  }
}
