import { type Daemon, formatAddress, parseAddress, type Timeouts } from '../../../protocol/ipvs/index.ts';
import type { BatchOperation } from '../../ipvs/batch-operations.ts';
import type { DesiredTable } from '../../ipvs/desired-file/index.ts';
import type { Client } from '../system.ts';

/** A setting beside the services that differs from the file. */
export interface SettingDifference {
  readonly change: 'add' | 'change' | 'remove';
  /** Such as `timeouts` or `master daemon`. */
  readonly setting: string;
  readonly fields: readonly { readonly field: string; readonly current: string; readonly desired: string }[];
  /** The operations that change it, in order. */
  readonly operations: readonly BatchOperation[];
}

/** Compares timeouts and sync daemons with the file; those that it does not name are not read. */
export function settingDifferences(
  { timeouts, daemons }: Pick<DesiredTable, 'timeouts' | 'daemons'>,
  client: Client,
  remove: 'all' | 'destinations' | 'nothing' = 'all',
): SettingDifference[] {
  const differences: SettingDifference[] = [];
  if (timeouts !== undefined) differences.push(...timeoutDifferences(timeouts, client.timeouts()));
  if (daemons !== undefined)
    differences.push(...daemonDifferences(daemons, client.daemons(), remove === 'all'));
  return differences;
}

function timeoutDifferences(desired: Timeouts, current: Timeouts): SettingDifference[] {
  const fields = (['tcp', 'tcpFin', 'udp'] as const)
    .filter((field) => (desired[field] ?? 0) !== 0 && desired[field] !== current[field])
    .map((field) => ({ field, current: text(current[field]), desired: text(desired[field]) }));
  if (fields.length === 0) return [];
  return [
    {
      change: 'change',
      setting: 'timeouts',
      fields,
      operations: [{ do: 'set-timeouts', timeouts: desired }],
    },
  ];
}

type DaemonField = Exclude<keyof Daemon, 'role'>;

/** 0 stands for the kernel's choice in all of them but the group. */
const DAEMON_FIELDS: readonly DaemonField[] = [
  ...(['interface', 'syncId', 'syncMaxLength', 'multicastGroup', 'multicastPort', 'multicastTtl'] as const),
];

function daemonDifferences(
  desired: readonly Daemon[],
  current: readonly Daemon[],
  removes: boolean,
): SettingDifference[] {
  const differences: SettingDifference[] = [];
  for (const daemon of desired) {
    const running = current.find(({ role }) => role === daemon.role);
    const fields = DAEMON_FIELDS.filter((field) => isOtherwise(field, daemon, running)).map((field) => ({
      field,
      current: text(running?.[field]),
      desired: text(daemon[field]),
    }));
    if (running !== undefined && fields.length === 0) continue;
    const start: BatchOperation = { do: 'start-daemon', daemon };
    differences.push({
      change: running === undefined ? 'add' : 'change',
      setting: `${daemon.role} daemon`,
      fields,
      operations: running === undefined ? [start] : [stop(running), start],
    });
  }
  for (const daemon of removes ? current : []) {
    if (desired.some(({ role }) => role === daemon.role)) continue;
    const setting = `${daemon.role} daemon`;
    differences.push({ change: 'remove', setting, fields: [], operations: [stop(daemon)] });
  }
  return differences;
}

function isOtherwise(field: DaemonField, desired: Daemon, running: Daemon | undefined): boolean {
  const value = desired[field];
  if (value === undefined || (value === 0 && field !== 'syncId')) return false;
  if (field !== 'multicastGroup' || running?.multicastGroup === undefined) return value !== running?.[field];
  const { family, bytes } = parseAddress(field, value);
  return formatAddress(family, bytes) !== running.multicastGroup;
}

function stop({ role, syncId }: Daemon): BatchOperation {
  return { do: 'stop-daemon', daemon: { role, syncId } };
}

function text(value: string | number | undefined): string {
  return value === undefined ? '' : String(value);
}
