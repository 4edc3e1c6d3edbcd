import type {
  Destination,
  DestinationKey,
  ServiceKey,
  ServiceWithDestinations,
} from '../../../protocol/ipvs/index.ts';
import type { Dump } from '../dump.ts';

/** A changed setting, with its values as text; empty for an absent value. */
export interface ChangedField {
  /** Name of the setting, such as `weight` or `persistence.timeout`. */
  readonly field: string;
  /** Value at the previous read. */
  readonly previous: string;
  /** Value at this read. */
  readonly current: string;
}

/** The common properties of all events. */
interface Timed {
  /** End of the read that showed the change. */
  readonly time: Date;
}

/** The common properties of all changes of a service. */
interface ServiceChange extends Timed {
  /** Key of the service. */
  readonly service: ServiceKey;
}

/** The common properties of all changes of a destination. */
interface DestinationChange extends ServiceChange {
  /** Key of the destination within the service. */
  readonly destination: DestinationKey;
}

/**
 * A service or destination was added or removed, or its settings changed. Counters, connections and order are
 * ignored.
 */
export type TableChange =
  /** Events for its destinations follow. */
  | (ServiceChange & { readonly event: 'service-added'; readonly current: ServiceWithDestinations })
  /** Events for its destinations precede it. */
  | (ServiceChange & { readonly event: 'service-removed'; readonly previous: ServiceWithDestinations })
  | (ServiceChange & {
      readonly event: 'service-changed';
      readonly previous: ServiceWithDestinations;
      readonly current: ServiceWithDestinations;
      readonly fields: readonly ChangedField[];
    })
  | (DestinationChange & { readonly event: 'destination-added'; readonly current: Destination })
  | (DestinationChange & { readonly event: 'destination-removed'; readonly previous: Destination })
  | (DestinationChange & {
      readonly event: 'destination-changed';
      readonly previous: Destination;
      readonly current: Destination;
      readonly fields: readonly ChangedField[];
    });

/** The initial contents of a watched table. */
export interface TableSnapshot extends Timed {
  /** Identifies the snapshot, the first event. */
  readonly event: 'snapshot';
  /**
   * As in {@link Dump}. With `unknown` the table kept changing while it was read, so a service or destination that
   * already existed may be reported as added.
   */
  readonly consistency: Dump['consistency'];
  /** All services with their destinations. */
  readonly services: readonly ServiceWithDestinations[];
}

/** A watched table has become unreadable or readable, or the module was unloaded or loaded. */
export type AvailabilityEvent =
  /**
   * The table could not be read; `error` is the reason. Reported once; changes from then on are reported as a net
   * difference by the next successful read.
   */
  | (Timed & { readonly event: 'unreadable'; readonly error: Error })
  /** A read has succeeded again. */
  | (Timed & { readonly event: 'readable' })
  /** The module ip_vs was unloaded; events for the removal of all services follow. */
  | (Timed & { readonly event: 'module-unloaded' })
  | (Timed & { readonly event: 'module-loaded' });

/** An event of a watched table; `event` is its type. */
export type WatchEvent = TableSnapshot | TableChange | AvailabilityEvent;
