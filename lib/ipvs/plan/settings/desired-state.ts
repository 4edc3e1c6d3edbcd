import type { DesiredSysctls } from '../../../../protocol/ipvs/fields/sysctls.ts';
import type { Daemon, Timeouts } from '../../../../protocol/ipvs/index.ts';
import { checkDesiredServices, type DesiredServices, ErrorList, findErrors } from '../desired-services.ts';
import { isObject } from './check-names.ts';
import { findSettingErrors } from './check-settings.ts';

/** The desired state of the global settings of IPVS (timeouts, sync daemons, sysctls); absent ones stay unchanged. */
export interface DesiredSettings {
  /** Connection timeouts; absent ones, and 0, stay unchanged. */
  readonly timeouts?: Timeouts | undefined;
  /** All desired sync daemons; others are stopped. */
  readonly daemons?: readonly Daemon[] | undefined;
  /** Sysctls of IPVS in the table's network namespace; absent ones stay unchanged. */
  readonly sysctls?: DesiredSysctls | undefined;
}

/**
 * All contents of a desired-state file: the services (a `DesiredServices`), and the timeouts, sync daemons and sysctls
 * that are to be set.
 */
export interface DesiredState extends DesiredSettings {
  /** The services with their destinations. */
  readonly services: DesiredServices;
  /**
   * Display names of services, by their keys as text such as `tcp 192.0.2.1:80` (see `serviceKeyText`).
   * Absent if the file has none.
   */
  readonly names?: ReadonlyMap<string, string> | undefined;
}

/** A desired state: services only, or services and the global settings. */
export type Desired = DesiredServices | DesiredState;

/** Returns a desired state as an object; a list becomes its `services`. */
export function asState(desired: Desired): DesiredState {
  return isDesiredState(desired) ? desired : { services: desired };
}

function isDesiredState(desired: Desired): desired is DesiredState {
  return isObject(desired);
}

/** Checks a desired state, the global settings included. Throws a `DesiredStateError` that lists every error. */
export function checkDesired(desired: Desired): void {
  if (!isDesiredState(desired)) {
    checkDesiredServices(desired);
    return;
  }
  const errors = new ErrorList();
  findErrors(desired.services, errors);
  findSettingErrors(desired, errors);
  errors.throwIfAny();
}
