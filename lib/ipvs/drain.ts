import type { Destination } from '../../protocol/ipvs/index.ts';
import { FieldError } from '../../protocol/netlink/index.ts';
import { type RequestOptions, requestChecks } from '../netlink/connection/lifetime.ts';
import { flag, milliseconds, type OptionChecks } from '../netlink/request/check-options.ts';

/** Connections of a destination, as the kernel counts them. */
export type DrainConnections = Pick<
  Destination,
  'activeConnections' | 'inactiveConnections' | 'persistentConnections'
>;

/** How a destination is drained. */
export interface DrainOptions extends RequestOptions {
  /** Maximum wait for connections to end, in milliseconds. Default: `Infinity`. */
  readonly grace?: number | undefined;
  /** Interval at which the connections are read, in milliseconds, more than 0. Default: 1000. */
  readonly interval?: number | undefined;
  /**
   * Whether inactive connections are waited for, too: those that are being closed, and all of UDP. Default: false.
   */
  readonly inactive?: boolean | undefined;
  /** Whether the destination is removed afterwards, even if connections are left when the grace time is over. Default: false. */
  readonly remove?: boolean | undefined;
  /** Called each time the destination has been read, with its connections and the warnings so far. */
  readonly onProgress?: ((seen: DrainConnections, warnings: readonly DrainWarning[]) => void) | undefined;
}

/** A reason why a destination with the weight 0 can get new connections. */
export interface DrainWarning {
  /**
   * `templates-ignore-weight`: the service is persistent, and net.ipv4.vs.expire_quiescent_template is 0.
   * `templates-unknown`: the service is persistent, and that setting cannot be read.
   */
  readonly code: 'templates-ignore-weight' | 'templates-unknown';
  /** The same in words, with what can be done about it. */
  readonly message: string;
}

/** The result of draining a destination. */
export interface DrainResult extends DrainConnections {
  /**
   * `drained`: the connections have ended. `grace-over`: the time passed first. `weight-changed`: another writer gave
   * it a weight again, so it was left alone. `gone`: another writer removed it.
   */
  readonly outcome: 'drained' | 'grace-over' | 'weight-changed' | 'gone';
  /** Whether it was removed here. */
  readonly removed: boolean;
  /** The weight that it had before. */
  readonly weight: number;
  /** Milliseconds from setting the weight to 0 until the destination was last read. */
  readonly elapsed: number;
  /** What can bring new connections although the weight is 0; empty where nothing can. */
  readonly warnings: readonly DrainWarning[];
}

export const drainChecks: OptionChecks<DrainOptions> = {
  ...requestChecks,
  grace: milliseconds,
  interval: (name, value) => {
    milliseconds(name, value);
    if (value === 0) throw new FieldError(name, value, 'must be more than 0');
  },
  inactive: flag,
  remove: flag,
  onProgress: (name, value) => {
    if (typeof value !== 'function') throw new FieldError(name, value, 'must be a function');
  },
};

/**
 * Number of connections to wait for: active ones, persistence templates, and inactive ones if these count.
 */
export function connectionsOf(
  { activeConnections, inactiveConnections, persistentConnections }: DrainConnections,
  inactive = true,
): number {
  return activeConnections + persistentConnections + (inactive ? inactiveConnections : 0);
}
