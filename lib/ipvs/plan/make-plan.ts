import type { ServiceWithDestinations } from '../../../protocol/ipvs/index.ts';
import { checkOptions } from '../../netlink/request/check-options.ts';
import { planChecks } from './check-options.ts';
import { checkDesiredServices, type DesiredServices } from './desired-services.ts';
import type { PlanOptions } from './options.ts';
import type { Plan } from './plan.ts';
import { Planner } from './planner.ts';
import { type GlobalSettingsPlan, NO_GLOBAL_SETTINGS } from './settings/plan-settings.ts';
import { type CurrentTable, ObjectTable } from './table/current-table.ts';

/**
 * Plans the operations that bring the table `current` to the desired state. It is a pure function, and takes
 * time in proportion to both.
 *
 * It compares the settings of services and destinations only: counters, connections, internal flags of the kernel and
 * the order of objects are ignored. Notations of addresses, numbers for names, and defaults are normalised first.
 *
 * New and changed services come first, in the desired order: for each the service itself, then its
 * destinations to add, to update and to delete. Services to delete come last, so that a service whose
 * address, port or mark changes exists under its new key before the old one is deleted.
 *
 * Throws a `DesiredStateError` that lists every error in the desired state, a `FieldError` for invalid
 * options, and a `RemovalRefusedError` if more would be removed than `allowRemoval` allows.
 */
export function plan(
  current: Iterable<ServiceWithDestinations>,
  desired: DesiredServices,
  options: PlanOptions = {},
): Plan {
  checkOptions(options, planChecks);
  checkDesiredServices(desired);
  return planChecked(new ObjectTable(current), desired, options);
}

/**
 * As {@link plan}, for a desired state and options that have been checked. With `allowAnyRemoval` the option
 * `allowRemoval` is ignored.
 */
export function planChecked(
  current: CurrentTable,
  desired: DesiredServices,
  options: PlanOptions,
  allowAnyRemoval = false,
  settings: GlobalSettingsPlan = NO_GLOBAL_SETTINGS,
): Plan {
  return new Planner(current, desired, options).plan(allowAnyRemoval, settings);
}
