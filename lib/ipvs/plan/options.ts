import type { Destination, Service, ServiceKey } from '../../../protocol/ipvs/index.ts';
import type { AbsentFields } from './compare/normal-form.ts';
import type { DesiredServices } from './desired-services.ts';

/** Options for draining destinations that are not in the desired state. */
export interface DrainingOptions {
  /** Time after which a destination is removed even if it has connections, in milliseconds. */
  readonly grace: number;
  /**
   * Returns the time for which a destination has been draining, in milliseconds; `undefined` if it is not.
   * The kernel does not record it, but a `DrainStartTimes` does. Default: none is draining.
   */
  readonly elapsed?: ((service: string, destination: string) => number | undefined) | undefined;
}

/** `any`, or the maximum fraction of the table that may be removed, 0 to 1. */
export type AllowedRemoval = 'any' | number;

/** Options of a plan. */
export interface PlanOptions {
  /**
   * Whether a service is managed by this desired state; called with canonical keys. Other services are never
   * changed, whether they exist or are desired. Default: all services.
   */
  readonly filter?: ((service: ServiceKey) => boolean) | undefined;
  /**
   * Which undesired objects are removed: `all` (services and destinations), `destinations` (only those of desired
   * services) or `nothing`. Default: `all`.
   */
  readonly remove?: 'all' | 'destinations' | 'nothing' | undefined;
  /**
   * Maximum fraction of the services, and of the destinations, that may be removed. It refers to the services
   * that `filter` includes. Destinations that are about to drain, and objects of `lastGood` that no longer
   * exist, count as removed; destinations that are replaced do not. A desired state that would remove more is
   * refused with a `RemovalRefusedError`, as it is usually a truncated file or the result of a failure.
   * Default: 0.5.
   */
  readonly allowRemoval?: AllowedRemoval | undefined;
  /**
   * The last good desired state: the last one that was not refused. `allowRemoval` counts all of it as if it were in
   * the table, so that a state that would remove too much is refused even if somebody has emptied the table.
   * Default: none.
   */
  readonly lastGood?: DesiredServices | undefined;
  /**
   * What becomes of fields that a desired state leaves out: they are reset to the `default`, or `leave` keeps
   * them unchanged (a new object gets the default). null removes persistence, its engine or a tunnel. An absent
   * forwarding method of an existing destination always stays unchanged; a new destination needs one.
   * Default: `default`.
   */
  readonly absent?: AbsentFields | undefined;
  /**
   * Whether undesired destinations are drained: they get the weight 0, and are removed when they have no
   * connections left, persistence templates included, or when the grace time is over; a service is removed
   * with the last of its destinations. Default: they are removed immediately.
   */
  readonly draining?: DrainingOptions | undefined;
  /**
   * Existing destinations whose weight stays unchanged, as something else manages it, such as a health
   * checker: all (`true`), or those for which the function returns true. New destinations get the desired
   * weight, and so do draining ones that are desired again. Default: none.
   */
  readonly keepWeights?: boolean | ((service: Service, destination: Destination) => boolean) | undefined;
}
