import type { Destination } from '../../protocol/ipvs/index.ts';
import { FieldError } from '../../protocol/netlink/index.ts';
import { type RequestOptions, requestChecks } from '../netlink/connection/lifetime.ts';
import { boolean, callback, milliseconds, type OptionChecks } from '../netlink/request/check-options.ts';

/** The numbers of connections of a destination. */
export type DrainConnections = Pick<
  Destination,
  'activeConnections' | 'inactiveConnections' | 'persistentConnections'
>;

/** Options of `IpvsMethods.drain`. */
export interface DrainOptions extends RequestOptions {
  /** Maximum wait for connections to end, in milliseconds. Default: `Infinity`. */
  readonly grace?: number | undefined;
  /** Interval between reads of the connection counts, in milliseconds; must be more than 0. Default: 1000. */
  readonly interval?: number | undefined;
  /** Whether to wait for inactive connections, too: those being closed, and all UDP connections. Default: false. */
  readonly inactive?: boolean | undefined;
  /**
   * Whether to remove the destination at the end, even if connections are left after the grace time. Default:
   * false.
   */
  readonly remove?: boolean | undefined;
  /** Called after each read of the destination, with its connection counts and the warnings. */
  readonly onProgress?:
    | ((connections: DrainConnections, warnings: readonly DrainWarning[]) => void)
    | undefined;
}

/** A reason why a destination may get new connections although its weight is 0. */
export interface DrainWarning {
  /**
   * `templates-ignore-weight`: the service is persistent, and net.ipv4.vs.expire_quiescent_template is 0.
   * `template-sysctl-unreadable`: the service is persistent, and that setting cannot be read.
   */
  readonly code: 'templates-ignore-weight' | 'template-sysctl-unreadable';
  /** The warning as text, with a suggested remedy. */
  readonly message: string;
}

/** The result of draining a destination. */
export interface DrainResult extends DrainConnections {
  /**
   * `drained`: the connections have ended. `grace-over`: the grace time has passed. `weight-changed`: another
   * program set a weight other than 0, so draining was stopped. `gone`: another program removed the
   * destination.
   */
  readonly outcome: 'drained' | 'grace-over' | 'weight-changed' | 'gone';
  /** Whether the destination was removed by this call. */
  readonly removed: boolean;
  /** The weight before draining. */
  readonly weight: number;
  /** Time from setting the weight to 0 until the destination was last read, in milliseconds. */
  readonly elapsed: number;
  /** Reasons why the destination may get new connections although its weight is 0; may be empty. */
  readonly warnings: readonly DrainWarning[];
}

export const drainChecks: OptionChecks<DrainOptions> = {
  ...requestChecks,
  grace: milliseconds,
  interval: (name, value) => {
    milliseconds(name, value);
    if (value === 0) throw new FieldError(name, value, 'must be more than 0');
  },
  inactive: boolean,
  remove: boolean,
  onProgress: callback,
};

/**
 * Returns the number of connections that draining waits for: active ones, persistence templates and, with `inactive`,
 * inactive ones.
 */
export function countRemainingConnections(
  { activeConnections, inactiveConnections, persistentConnections }: DrainConnections,
  inactive: boolean,
): number {
  return activeConnections + persistentConnections + (inactive ? inactiveConnections : 0);
}
