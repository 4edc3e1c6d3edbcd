import { checkSysctl, sysctlFields } from '../../../../protocol/ipvs/fields/sysctls.ts';
import {
  daemonFields,
  daemonValues,
  namesOf,
  timeoutFields,
  timeoutValues,
} from '../../../../protocol/ipvs/index.ts';
import { FieldError } from '../../../../protocol/netlink/index.ts';
import { checkEveryField, type ErrorList, type StatePath } from '../desired-services.ts';
import { checkNames, isObject } from './check-names.ts';

const TIMEOUT_NAMES = namesOf(timeoutFields);
const DAEMON_FIELDS = namesOf(daemonFields);
const SYSCTL_NAMES = new Set(Object.keys(sysctlFields));
const DAEMON_PLACEHOLDERS = { role: () => 'master', interface: () => 'lo', syncId: () => 0 };

/** Adds the errors of the global settings (timeouts, sync daemons, sysctls) to `errors`; all are optional. */
export function findSettingErrors(
  {
    timeouts,
    daemons,
    sysctls,
  }: { readonly timeouts?: unknown; readonly daemons?: unknown; readonly sysctls?: unknown },
  errors: ErrorList,
): void {
  if (timeouts !== undefined) findTimeoutErrors(timeouts, errors);
  if (daemons !== undefined) findDaemonErrors(daemons, errors);
  if (sysctls !== undefined) findSysctlErrors(sysctls, errors);
}

function findTimeoutErrors(timeouts: unknown, errors: ErrorList): void {
  const path: StatePath = ['timeouts'];
  if (!isObject(timeouts)) {
    errors.add(path, 'must be an object with timeouts in seconds');
    return;
  }
  checkNames(timeouts, TIMEOUT_NAMES, path, errors);
  checkEveryField(timeouts, path, 'timeouts', {}, timeoutValues, errors);
}

function findDaemonErrors(daemons: unknown, errors: ErrorList): void {
  if (!Array.isArray(daemons)) {
    errors.add(['daemons'], 'must be a list of sync daemons');
    return;
  }
  const roles = new Set<unknown>();
  for (const [index, daemon] of daemons.entries()) {
    const path: StatePath = ['daemons', index];
    if (errors.full) break;
    if (!isObject(daemon)) {
      errors.add(path, 'must be a sync daemon');
      continue;
    }
    checkNames(daemon, DAEMON_FIELDS, path, errors);
    checkEveryField(daemon, path, 'daemon', DAEMON_PLACEHOLDERS, daemonValues, errors);
    if (roles.has(daemon.role)) errors.add(path, `is a second daemon with the role ${daemon.role}`);
    roles.add(daemon.role);
  }
}

function findSysctlErrors(sysctls: unknown, errors: ErrorList): void {
  const path: StatePath = ['sysctls'];
  if (!isObject(sysctls)) {
    errors.add(path, 'must be an object with sysctls by name');
    return;
  }
  const knownSysctls = checkNames(sysctls, SYSCTL_NAMES, path, errors, 'is not a sysctl of IPVS');
  for (const [name, value] of Object.entries(knownSysctls)) {
    try {
      if (value !== undefined) checkSysctl(name, value);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      errors.add([...path, name], error.problem);
    }
  }
}
