/**
 * The status of the reconciler; the initial values are those before its first run. A run compares the table with the
 * desired state and makes the changes that are needed. Times are in milliseconds since 1970.
 */
export class ReconcilerStatus {
  /** Whether the table was in the desired state when it was last read, and no run has failed since. */
  inSync = false;
  /** Number of services in the current desired state; undefined before there is one. */
  desired: number | undefined = undefined;
  /** The source of the desired state, such as a path or `revision 12 of etcd:KEY`. */
  source: string | undefined = undefined;
  /** When the desired state was read from its source. */
  readAt: number | undefined = undefined;
  /** Number of services that differed from the desired state when the table was last read. */
  drift = 0;
  /** Number of other settings (timeouts, sync daemons, sysctls) that differed from the desired state then. */
  settingsDrift = 0;
  /** Number of destinations that are draining. */
  draining = 0;
  /** Whether a new desired state is waiting for confirmation. */
  waiting = false;
  /** Why the source has no usable state; undefined if it has one. */
  problem: string | undefined = undefined;
  /** When the last successful run ended. */
  lastSuccessAt: number | undefined = undefined;
  /** Number of runs after which the table was in the desired state. */
  successfulRuns = 0;
  /** Number of runs that failed. */
  failedRuns = 0;
  /** Number of times the source had no usable state. */
  sourceProblems = 0;
  /** Number of changes sent to the kernel. */
  changes = 0;
}

/** Returns a count with its noun in the singular or plural: `2 services`. */
export function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** Returns a status as one line for people. */
export function statusText(status: ReconcilerStatus): string {
  const { inSync, desired, draining, waiting, problem, drift, settingsDrift } = status;
  const parts: string[] = [];
  if (desired === undefined) parts.push('no desired state yet');
  // While a new state awaits confirmation, the previous one stays in force.
  else if (inSync || (waiting && drift === 0 && settingsDrift === 0))
    parts.push(`${desired === 1 ? '1 service matches' : `all ${desired} services match`} the desired state`);
  else if (drift > 0) parts.push(`${differing(drift, 'service')} of ${counted(desired, 'service')}`);
  else if (settingsDrift === 0 && draining === 0)
    parts.push(`${counted(desired, 'service')} desired, not known whether the table matches`);
  if (settingsDrift > 0) parts.push(differing(settingsDrift, 'setting'));
  if (draining > 0) parts.push(`${counted(draining, 'destination')} draining`);
  if (waiting) parts.push('a new desired state is waiting for SIGUSR2 to confirm it');
  if (problem !== undefined) parts.push(`source: ${problem.split('\n')[0]}`);
  return parts.join('; ');
}

function differing(count: number, name: string): string {
  return `${counted(count, name)} differ${count === 1 ? 's' : ''} from the desired state`;
}

/** Whether a run has succeeded within the last `within` milliseconds. */
export function isHealthy(status: ReconcilerStatus, within: number, now: number = Date.now()): boolean {
  return status.lastSuccessAt !== undefined && now - status.lastSuccessAt <= within;
}

type Metric = readonly [name: string, type: 'gauge' | 'counter', help: string, value: number | undefined];

/** Returns a status as metrics in Prometheus' text format. */
export function statusMetrics(status: ReconcilerStatus): string {
  const seconds = (time: number | undefined): number | undefined =>
    time === undefined ? undefined : time / 1000;
  const metrics: readonly Metric[] = [
    [
      'in_sync',
      'gauge',
      'Whether the table was in the desired state when last read, and no run has failed since.',
      Number(status.inSync),
    ],
    ['desired_services', 'gauge', 'Services in the current desired state.', status.desired],
    [
      'drifted_services',
      'gauge',
      'Services that differed from the desired state when last read.',
      status.drift,
    ],
    [
      'drifted_settings',
      'gauge',
      'Other settings that differed from the desired state when last read.',
      status.settingsDrift,
    ],
    ['draining_destinations', 'gauge', 'Destinations that are draining.', status.draining],
    ['waiting', 'gauge', 'Whether a new desired state is waiting for confirmation.', Number(status.waiting)],
    ['source_up', 'gauge', 'Whether the source has a usable state.', Number(status.problem === undefined)],
    ['desired_timestamp_seconds', 'gauge', 'When the desired state was read.', seconds(status.readAt)],
    ['last_success_timestamp_seconds', 'gauge', 'When a run last succeeded.', seconds(status.lastSuccessAt)],
    ['successful_runs_total', 'counter', 'Runs that ended in the desired state.', status.successfulRuns],
    ['failed_runs_total', 'counter', 'Runs that failed.', status.failedRuns],
    ['source_problems_total', 'counter', 'Times the source had no usable state.', status.sourceProblems],
    ['changes_total', 'counter', 'Changes sent to the kernel.', status.changes],
  ];
  return metrics
    .filter(([, , , value]) => value !== undefined)
    .map(([name, type, help, value]) => {
      const fullName = `ipvs_reconcile_${name}`;
      return `# HELP ${fullName} ${help}\n# TYPE ${fullName} ${type}\n${fullName} ${value}\n`;
    })
    .join('');
}
