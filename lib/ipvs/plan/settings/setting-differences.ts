import {
  type DesiredSysctls,
  isSameSysctl,
  type SysctlName,
  type SysctlValue,
} from '../../../../protocol/ipvs/fields/sysctls.ts';
import {
  type Daemon,
  daemonFields,
  namesOf,
  type Timeouts,
  timeoutFields,
} from '../../../../protocol/ipvs/index.ts';
import type { BatchOperation } from '../../batch-operations.ts';
import type { FieldDifference } from '../compare/differences.ts';
import { normalAddress } from '../compare/normal-form.ts';
import type { DesiredSettings } from './desired-state.ts';

/** A difference in the global settings (timeouts, sync daemons, sysctls). Only sync daemons are added and removed. */
export interface SettingsDifference {
  /** The required change. */
  readonly change: 'add' | 'change' | 'remove';
  /** The kind of setting: `sysctls`, `timeouts`, `master daemon` or `backup daemon`. */
  readonly setting: string;
  /** The values that differ, by name. */
  readonly fields: readonly FieldDifference[];
}

/** A difference with the operations that resolve it, in order. */
export interface ResolvableDifference {
  readonly difference: SettingsDifference;
  readonly operations: readonly BatchOperation[];
}

/** The current state of the global settings; undefined where they were not read. */
export interface CurrentSettings {
  readonly timeouts?: Timeouts | undefined;
  readonly daemons?: readonly Daemon[] | undefined;
  readonly sysctls?: Readonly<Record<string, SysctlValue | undefined>> | undefined;
}

/**
 * Compares the table's desired settings with the current ones, in the order sysctls, timeouts, sync daemons. With
 * `removeUndesired`, undesired daemons are stopped.
 */
export function settingDifferences(
  { timeouts, daemons, sysctls }: DesiredSettings,
  current: CurrentSettings,
  removeUndesired: boolean,
): ResolvableDifference[] {
  return [
    ...(sysctls === undefined ? [] : sysctlDifferences(sysctls, current.sysctls ?? {})),
    ...(timeouts === undefined ? [] : timeoutDifferences(timeouts, current.timeouts ?? {})),
    ...(daemons === undefined ? [] : daemonDifferences(daemons, current.daemons ?? [], removeUndesired)),
  ];
}

const TIMEOUT_NAMES = [...namesOf(timeoutFields)] as readonly (keyof Timeouts)[];

/** Compares timeouts; a desired 0 leaves the current value, as in the kernel. */
function timeoutDifferences(desired: Timeouts, current: Timeouts): ResolvableDifference[] {
  const fields = TIMEOUT_NAMES.filter(
    (field) => (desired[field] ?? 0) !== 0 && desired[field] !== current[field],
  ).map((field) => ({ field, current: text(current[field]), desired: text(desired[field]) }));
  if (fields.length === 0) return [];
  return [
    {
      difference: { change: 'change', setting: 'timeouts', fields },
      operations: [{ do: 'set-timeouts', timeouts: desired }],
    },
  ];
}

type DaemonField = Exclude<keyof Daemon, 'role'>;

const DAEMON_SETTINGS = [...namesOf(daemonFields, 'setting')] as readonly DaemonField[];

/** Compares sync daemons. With `removeUndesired`, undesired ones are stopped. */
function daemonDifferences(
  desired: readonly Daemon[],
  current: readonly Daemon[],
  removeUndesired: boolean,
): ResolvableDifference[] {
  const differences: ResolvableDifference[] = [];
  for (const daemon of desired) {
    const running = current.find(({ role }) => role === daemon.role);
    const fields = DAEMON_SETTINGS.filter((field) => differs(field, daemon, running)).map((field) => ({
      field,
      current: text(running?.[field]),
      desired: text(daemon[field]),
    }));
    if (running !== undefined && fields.length === 0) continue;
    const start: BatchOperation = { do: 'start-daemon', daemon };
    differences.push({
      difference: {
        change: running === undefined ? 'add' : 'change',
        setting: `${daemon.role} daemon`,
        fields,
      },
      operations: running === undefined ? [start] : [stop(running), start],
    });
  }
  for (const daemon of removeUndesired ? current : []) {
    if (desired.some(({ role }) => role === daemon.role)) continue;
    const setting = `${daemon.role} daemon`;
    differences.push({ difference: { change: 'remove', setting, fields: [] }, operations: [stop(daemon)] });
  }
  return differences;
}

function differs(field: DaemonField, desired: Daemon, running: Daemon | undefined): boolean {
  const value = desired[field];
  if (value === undefined || value === daemonFields[field].kernelChoosesIf) return false;
  if (field !== 'multicastGroup' || running?.multicastGroup === undefined) return value !== running?.[field];
  return normalAddress(String(value)).address !== running.multicastGroup;
}

function stop({ role, syncId }: Daemon): BatchOperation {
  return { do: 'stop-daemon', daemon: { role, syncId } };
}

/** Compares sysctls; one without a current value differs. */
function sysctlDifferences(
  desired: DesiredSysctls,
  current: Readonly<Record<string, SysctlValue | undefined>>,
): ResolvableDifference[] {
  const fields: FieldDifference[] = [];
  const operations: BatchOperation[] = [];
  for (const [name, value] of Object.entries(desired)) {
    const found = current[name];
    if (value === undefined || (found !== undefined && isSameSysctl(value, found))) continue;
    fields.push({ field: name, current: String(found ?? ''), desired: String(value) });
    operations.push({ do: 'set-sysctl', name: name as SysctlName, value });
  }
  return fields.length === 0
    ? []
    : [{ difference: { change: 'change', setting: 'sysctls', fields }, operations }];
}

function text(value: string | number | undefined): string {
  return value === undefined ? '' : String(value);
}
