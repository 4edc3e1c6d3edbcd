import type { DesiredSysctls } from '../../../../protocol/ipvs/fields/sysctls.ts';
import type { Daemon, Timeouts } from '../../../../protocol/ipvs/index.ts';
import { checkDesiredState, type DesiredState, ErrorList, findErrors } from '../desired-state.ts';
import { isObject } from './check-names.ts';
import { findSettingErrors } from './check-settings.ts';

/** The desired state of a table's settings (timeouts, sync daemons, sysctls); absent ones stay unchanged. */
export interface DesiredSettings {
  /** Connection timeouts; absent ones, and 0, stay unchanged. */
  readonly timeouts?: Timeouts | undefined;
  /** All desired sync daemons; others are stopped. */
  readonly daemons?: readonly Daemon[] | undefined;
  /** Sysctls of IPVS in the table's network namespace; absent ones stay unchanged. */
  readonly sysctls?: DesiredSysctls | undefined;
}

/**
 * All contents of a desired-state file: the services (a `DesiredState`), and the timeouts, sync daemons and sysctls that
 * are to be set.
 */
export interface DesiredTable extends DesiredSettings {
  /** The services with their destinations. */
  readonly services: DesiredState;
  /**
   * Display names of services, by their keys as text such as `tcp 192.0.2.1:80` (see `serviceKeyText`).
   * Absent if the file has none.
   */
  readonly names?: ReadonlyMap<string, string> | undefined;
}

/** A desired state: services only, or services and the table's settings. */
export type Desired = DesiredState | DesiredTable;

/** Returns a desired state as a table; a list is its services. */
export function asTable(desired: Desired): DesiredTable {
  return isTable(desired) ? desired : { services: desired };
}

function isTable(desired: Desired): desired is DesiredTable {
  return isObject(desired);
}

/** Checks a desired state, the table's settings included. Throws a `DesiredStateError` that lists every error. */
export function checkDesired(desired: Desired): void {
  if (!isTable(desired)) {
    checkDesiredState(desired);
    return;
  }
  const errors = new ErrorList();
  findErrors(desired.services, errors);
  findSettingErrors(desired, errors);
  errors.throwIfAny();
}
