import type { BatchOperation } from '../batch-operations.ts';
import type { ServiceDifference } from './compare/differences.ts';
import type { DesiredService } from './desired-service.ts';
import type { DesiredState } from './desired-state.ts';
import type { PlanOptions } from './options.ts';

/** A destination that drains. */
export interface DrainingDestination {
  /** As `serviceKeyText` writes it. */
  readonly service: string;
  /** As `destinationKeyText` writes it. */
  readonly destination: string;
  /** Connections that it had when the table was read. */
  readonly connections: number;
}

/** The operations that turn one table into another. */
export interface Plan {
  /** In the order in which they are to be done; none when nothing differs or only connections are awaited. */
  readonly operations: readonly BatchOperation[];
  /** What differs, service by service, in the order of the operations. */
  readonly differences: readonly ServiceDifference[];
  /** Destinations that drain, those included whose weight the operations set to 0. */
  readonly draining: readonly DrainingDestination[];
  /** Desired services that the filter excludes, as `serviceKeyText` writes them: nothing is done about them. */
  readonly excluded: readonly string[];
  /** The desired services that are ours, by key. */
  readonly desiredServices: ReadonlyMap<string, DesiredService>;
  /** The desired state, to plan again. */
  readonly desired: DesiredState;
  /** The options of the plan, to plan again. */
  readonly options: PlanOptions;
}
