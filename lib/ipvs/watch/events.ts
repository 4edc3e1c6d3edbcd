import type {
  Destination,
  DestinationKey,
  ServiceKey,
  ServiceWithDestinations,
} from '../../../protocol/ipvs/index.ts';
import type { Dump } from '../dump.ts';

/** A setting that differs, as text; an empty one stands for a setting that is not there. */
export interface ChangedField {
  /** Such as `weight` or `persistence.timeout`. */
  readonly field: string;
  /** Its value at the read before. */
  readonly was: string;
  /** Its value now. */
  readonly is: string;
}

/** What all events have. */
interface Timed {
  /** When the read ended that showed it. */
  readonly time: Date;
}

/** What every change of a service has. */
interface ServiceChange extends Timed {
  /** Key of the service. */
  readonly service: ServiceKey;
}

/** What every change of a destination has. */
interface DestinationChange extends ServiceChange {
  /** Key of the destination within the service. */
  readonly destination: DestinationKey;
}

/** A service or destination was added, removed, or has other settings. Counters, connections and order are none. */
export type TableChange =
  /** Its destinations follow as events of their own. */
  | (ServiceChange & { readonly event: 'service-added'; readonly is: ServiceWithDestinations })
  /** Events of its destinations come ahead of it. */
  | (ServiceChange & { readonly event: 'service-removed'; readonly was: ServiceWithDestinations })
  | (ServiceChange & {
      readonly event: 'service-changed';
      readonly was: ServiceWithDestinations;
      readonly is: ServiceWithDestinations;
      readonly fields: readonly ChangedField[];
    })
  | (DestinationChange & { readonly event: 'destination-added'; readonly is: Destination })
  | (DestinationChange & { readonly event: 'destination-removed'; readonly was: Destination })
  | (DestinationChange & {
      readonly event: 'destination-changed';
      readonly was: Destination;
      readonly is: Destination;
      readonly fields: readonly ChangedField[];
    });

/** What a watched table was at first. */
export interface TableSnapshot extends Timed {
  /** Says that it is the snapshot, which comes once, ahead of all changes. */
  readonly event: 'snapshot';
  /**
   * As of a {@link Dump}: `unknown` where writers were so busy that a service or destination that was there may yet be
   * told as added.
   */
  readonly consistency: Dump['consistency'];
  /** All services with their destinations. */
  readonly services: readonly ServiceWithDestinations[];
}

/** What is known of a watched table has changed. */
export type TableState =
  /**
   * The table could not be read, or not as it was at one moment. It comes once; what changes from then on is told as a
   * net difference by the read that succeeds.
   */
  | (Timed & { readonly event: 'unreadable'; readonly error: Error })
  /** A read has succeeded again. */
  | (Timed & { readonly event: 'readable' })
  /** The module ip_vs is not loaded any more, and all that was there is gone: it follows as removed. */
  | (Timed & { readonly event: 'module-unloaded' })
  | (Timed & { readonly event: 'module-loaded' });

/** What is told of a table that is watched; `event` says what. */
export type WatchEvent = TableSnapshot | TableChange | TableState;
