import type { Destination, Service, ServiceKey } from '../../../protocol/ipvs/index.ts';
import type { Absent } from './compare/normal-form.ts';
import type { DesiredState } from './desired-state.ts';

/** How destinations drain that are not in the desired state. */
export interface DrainingOptions {
  /** Milliseconds after which a destination is removed although it has connections. */
  readonly grace: number;
  /**
   * How many milliseconds a destination has been draining; `undefined` when it has not begun. The
   * kernel does not keep this: a `DrainLedger` does. Default: none has begun.
   */
  readonly elapsed?: ((service: string, destination: string) => number | undefined) | undefined;
}

/** `any`, or a share from 0 to 1. */
export type AllowedRemoval = 'any' | number;

/** Options of a plan. */
export interface PlanOptions {
  /**
   * Whether a service is managed with this desired state; called with canonical keys. Services that it excludes are
   * never touched, whether they are there or desired. Default: all are.
   */
  readonly filter?: ((service: ServiceKey) => boolean) | undefined;
  /**
   * What is removed that the desired state does not have: `all` (services and destinations), `destinations`
   * (only from services that are desired) or `nothing`. Default: `all`.
   */
  readonly remove?: 'all' | 'destinations' | 'nothing' | undefined;
  /**
   * The largest share of the services that may be removed, and of the destinations, replaced ones not counted; of
   * those that `filter` includes, and those that only drain at first counted as well, as those of `inForce` that have
   * gone. A desired state that would
   * remove more is refused as a whole with a `RemovalRefusedError`: it is more often a file that was cut, or a source
   * that failed, than what is meant. Default: 0.5.
   */
  readonly allowRemoval?: AllowedRemoval | undefined;
  /**
   * The desired state that is in force: for `allowRemoval` all of it counts as if it were in the table. So a state that
   * would remove too much is not taken after all when somebody has emptied the table. Default: none.
   */
  readonly inForce?: DesiredState | undefined;
  /**
   * What an optional field that the desired state leaves out stands for: its `default`, or `leave`
   * it as it is (a new object gets the default); null takes persistence, its engine or a tunnel away. The
   * forwarding method is no such field: a destination that is there keeps its own, and a new one needs one. Default: `default`.
   */
  readonly absent?: Absent | undefined;
  /**
   * Destinations that the desired state does not have get the weight 0 first and are removed when they have
   * no connections left, persistence templates included, or when the grace time is over; a service goes with
   * the last of its destinations. Default: they are removed at once.
   */
  readonly draining?: DrainingOptions | undefined;
  /**
   * Existing destinations whose weight is left to something else, such as a health checker: all of
   * them (`true`), or those that the function says. New ones get the desired weight, and one that
   * drained and is desired again gets it back. Default: none.
   */
  readonly keepWeights?: boolean | ((service: Service, destination: Destination) => boolean) | undefined;
}
