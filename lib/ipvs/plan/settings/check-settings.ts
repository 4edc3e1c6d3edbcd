import { checkSysctl, sysctlFields } from '../../../../protocol/ipvs/fields/sysctls.ts';
import {
  type Daemon,
  daemonFields,
  daemonValues,
  namesOf,
  timeoutFields,
  timeoutValues,
} from '../../../../protocol/ipvs/index.ts';
import { FieldError } from '../../../../protocol/netlink/index.ts';
import type { Mistakes, StatePath } from '../desired-state.ts';
import { checkNames, isObject } from './check-names.ts';

const TIMEOUTS = namesOf(timeoutFields);
const DAEMON = namesOf(daemonFields);
const SYSCTLS = new Set(Object.keys(sysctlFields));
const DAEMON_PLACEHOLDERS = { role: 'master', interface: 'lo', syncId: 0 } as const;

/** Adds the mistakes of the settings beside the services to `mistakes`; all settings are optional. */
export function findSettingMistakes(
  {
    timeouts,
    daemons,
    sysctls,
  }: { readonly timeouts?: unknown; readonly daemons?: unknown; readonly sysctls?: unknown },
  mistakes: Mistakes,
): void {
  if (timeouts !== undefined) findTimeoutMistakes(timeouts, mistakes);
  if (daemons !== undefined) findDaemonMistakes(daemons, mistakes);
  if (sysctls !== undefined) findSysctlMistakes(sysctls, mistakes);
}

function findTimeoutMistakes(timeouts: unknown, mistakes: Mistakes): void {
  const path: StatePath = ['timeouts'];
  if (!isObject(timeouts)) {
    mistakes.add(path, 'must be an object with timeouts in seconds');
    return;
  }
  checkNames(timeouts, TIMEOUTS, path, mistakes);
  checkValues(timeouts, {}, timeoutValues, path, mistakes);
}

function findDaemonMistakes(daemons: unknown, mistakes: Mistakes): void {
  if (!Array.isArray(daemons)) {
    mistakes.add(['daemons'], 'must be a list of sync daemons');
    return;
  }
  const roles = new Set<unknown>();
  for (const [index, daemon] of daemons.entries()) {
    const path: StatePath = ['daemons', index];
    if (mistakes.full) break;
    if (!isObject(daemon)) {
      mistakes.add(path, 'must be a sync daemon');
      continue;
    }
    checkNames(daemon, DAEMON, path, mistakes);
    checkValues(daemon as unknown as Daemon, DAEMON_PLACEHOLDERS, daemonValues, path, mistakes);
    if (roles.has(daemon.role)) mistakes.add(path, `is a second daemon with the role ${daemon.role}`);
    roles.add(daemon.role);
  }
}

function findSysctlMistakes(sysctls: unknown, mistakes: Mistakes): void {
  const path: StatePath = ['sysctls'];
  if (!isObject(sysctls)) {
    mistakes.add(path, 'must be an object with sysctls by name');
    return;
  }
  const known = checkNames(sysctls, SYSCTLS, path, mistakes, 'is not a sysctl of IPVS');
  for (const [name, value] of Object.entries(known)) {
    try {
      if (value !== undefined) checkSysctl(name, value);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      mistakes.add([...path, name], error.problem);
    }
  }
}

/**
 * Finds every mistake of an object by repeating `check`, which throws for the first one; each invalid field
 * is replaced by a valid placeholder.
 */
function checkValues<Values extends object>(
  values: Values,
  placeholders: Partial<Values>,
  check: (values: Values) => unknown,
  path: StatePath,
  mistakes: Mistakes,
): void {
  const found = new Set<string>();
  for (let rest = values; ; ) {
    try {
      check(rest);
      return;
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      const field = error.field.slice(error.field.indexOf('.') + 1);
      if (found.has(field)) return;
      found.add(field);
      const missing = error.value === undefined;
      mistakes.add([...path, field], missing ? 'is missing' : error.problem);
      rest = { ...rest, [field]: placeholders[field as keyof Values] };
    }
  }
}
