import type { BatchOperation } from '../batch-operations.ts';
import type { ServiceDifference } from './compare/differences.ts';
import type { DesiredServices } from './desired-services.ts';
import type { NormalServiceWithDestinations } from './normal-service.ts';
import type { PlanOptions } from './options.ts';
import type { DesiredSettings } from './settings/desired-state.ts';
import type { SettingsDifference } from './settings/setting-differences.ts';

/** A draining destination. */
export interface DrainingDestination {
  /** Key of the service, as `serviceKeyText` formats it. */
  readonly service: string;
  /** Key of the destination, as `destinationKeyText` formats it. */
  readonly destination: string;
  /** Number of connections when the table was read. */
  readonly connections: number;
}

/** The operations that bring a table to a desired state. */
export interface Plan {
  /**
   * The operations in order; empty if nothing differs, or draining destinations only wait for their
   * connections.
   */
  readonly operations: readonly BatchOperation[];
  /** The differences in services, in the order of the operations. */
  readonly differences: readonly ServiceDifference[];
  /** The differences in the global settings (timeouts, sync daemons, sysctls). */
  readonly settings: readonly SettingsDifference[];
  /** Draining destinations, including those whose weight the operations set to 0. */
  readonly draining: readonly DrainingDestination[];
  /** Keys of desired services that the filter excludes, as `serviceKeyText` formats them. */
  readonly excluded: readonly string[];
  /** The desired services that the filter includes, by key. */
  readonly desiredServices: ReadonlyMap<string, NormalServiceWithDestinations>;
  /** The services of the desired state, to plan again. */
  readonly desired: DesiredServices;
  /** The desired state of the global settings, to plan again. */
  readonly desiredSettings: DesiredSettings;
  /** The options of the plan, to plan again. */
  readonly options: PlanOptions;
}
