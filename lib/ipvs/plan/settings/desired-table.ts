import type { DesiredSysctls } from '../../../../protocol/ipvs/fields/sysctls.ts';
import type { Daemon, Timeouts } from '../../../../protocol/ipvs/index.ts';
import { checkDesiredState, type DesiredState, findMistakes, Mistakes } from '../desired-state.ts';
import { isObject } from './check-names.ts';
import { findSettingMistakes } from './check-settings.ts';

/** The desired settings of a table beside its services: what is absent stays as it is. */
export interface DesiredSettings {
  /** The timeouts of connections; those that are left out or 0 stay as they are. */
  readonly timeouts?: Timeouts | undefined;
  /** Every sync daemon that is to run; one that runs and is not here is stopped. */
  readonly daemons?: readonly Daemon[] | undefined;
  /** Sysctls of IPVS in the table's network namespace; those that are left out stay as they are. */
  readonly sysctls?: DesiredSysctls | undefined;
}

/** A whole desired table, as a desired file holds it: the services, and the settings beside them that it names. */
export interface DesiredTable extends DesiredSettings {
  /** The services with their destinations. */
  readonly services: DesiredState;
  /**
   * What people call the services, by their keys as text such as `tcp 192.0.2.1:80` (see `serviceKeyText`). Absent where
   * the file has no names.
   */
  readonly names?: ReadonlyMap<string, string> | undefined;
}

/** What can be planned: the services alone, or with settings beside them. */
export type Desired = DesiredState | DesiredTable;

/** A desired state as a table: a list is its services. */
export function asTable(desired: Desired): DesiredTable {
  return isTable(desired) ? desired : { services: desired };
}

function isTable(desired: Desired): desired is DesiredTable {
  return isObject(desired);
}

/** Checks a desired state whole, settings included. Throws a `DesiredStateError` that lists every mistake. */
export function checkDesired(desired: Desired): void {
  if (!isTable(desired)) {
    checkDesiredState(desired);
    return;
  }
  const mistakes = new Mistakes();
  findMistakes(desired.services, mistakes);
  findSettingMistakes(desired, mistakes);
  mistakes.throwIfAny();
}
