import type { ServiceWithDestinations } from '../../../protocol/ipvs/index.ts';
import { checkPlanOptions } from './check-options.ts';
import { checkDesiredState, type DesiredState } from './desired-state.ts';
import type { PlanOptions } from './options.ts';
import type { Plan } from './plan.ts';
import { Planner } from './planner.ts';
import { type CurrentTable, ObjectTable } from './table/current-table.ts';

/**
 * Plans the operations that turn the table `current` into the desired state: a pure function, linear in
 * both.
 *
 * It compares the settings that the kernel keeps: counters, connections, the kernel's own flags and any order are no
 * differences; spellings of addresses, numbers for names, and defaults are normalised first.
 *
 * Services that are new or differ come first, in the desired order: the service itself, then its destinations
 * to add, to update and to delete. Services to delete come last, so one whose address, port or mark
 * changes is there under its new key before the old one is deleted.
 *
 * Throws a `DesiredStateError` that lists every mistake in the desired state, a `FieldError` for invalid
 * options, and a `RemovalRefusedError` where more would be removed than `allowRemoval` says.
 */
export function plan(
  current: Iterable<ServiceWithDestinations>,
  desired: DesiredState,
  options: PlanOptions = {},
): Plan {
  checkPlanOptions(options);
  checkDesiredState(desired);
  return planChecked(new ObjectTable(current), desired, options);
}

/** As {@link plan}, for a desired state that has been checked. With `confirmed` any removal is allowed. */
export function planChecked(
  current: CurrentTable,
  desired: DesiredState,
  options: PlanOptions,
  confirmed = false,
): Plan {
  return new Planner(current, desired, options).plan(confirmed);
}
