/**
 * The status of a reconciling service, at first of one that has not run yet. Times are in milliseconds since
 * 1970.
 */
export class ServiceStatus {
  /** Whether the table was in the desired state when it was last read, and no run has failed since. */
  inSync = false;
  /** Number of services in the current desired state; undefined before there is one. */
  desired: number | undefined = undefined;
  /** The origin of that state. */
  from: string | undefined = undefined;
  /** When it was read from its source. */
  readAt: number | undefined = undefined;
  /** Number of services that differed when the table was last read. */
  drift = 0;
  /** Number of other settings that differed then: timeouts, sync daemons, sysctls. */
  settingsDrift = 0;
  /** Number of destinations that are draining. */
  draining = 0;
  /** Whether a state waits for confirmation. */
  waiting = false;
  /** Why the source has no usable state; undefined if it has one. */
  problem: string | undefined = undefined;
  /** When the last successful run ended. */
  checked: number | undefined = undefined;
  /** Number of successful runs: those after which the table was in the desired state. */
  runs = 0;
  /** Number of runs that failed. */
  failedRuns = 0;
  /** Number of problems of the source. */
  sourceProblems = 0;
  /** Number of changes sent to the kernel. */
  changes = 0;
}

/** Returns a count with its noun in the singular or plural: `2 services`. */
export function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** Returns a status as one line for people. */
export function statusText(status: ServiceStatus): string {
  const { inSync, desired, draining, waiting, problem, drift, settingsDrift } = status;
  const parts: string[] = [];
  if (desired === undefined) parts.push('no desired state yet');
  // While a state waits, the previous one is maintained.
  else if (inSync || (waiting && drift === 0 && settingsDrift === 0))
    parts.push(`${counted(desired, 'service')} in the desired state`);
  else if (drift > 0) parts.push(`${drift} of ${counted(desired, 'service')} not in the desired state`);
  else if (settingsDrift === 0 && draining === 0)
    parts.push(`${counted(desired, 'service')} not known to be in the desired state`);
  if (settingsDrift > 0) parts.push(`${counted(settingsDrift, 'setting')} not in the desired state`);
  if (draining > 0) parts.push(`${counted(draining, 'destination')} draining`);
  if (waiting) parts.push('a state waits for the signal SIGUSR2');
  if (problem !== undefined) parts.push(`source: ${problem.split('\n')[0]}`);
  return parts.join('; ');
}

/** Whether a run has succeeded within the last `within` milliseconds. */
export function isHealthy({ checked }: ServiceStatus, within: number, now: number = Date.now()): boolean {
  return checked !== undefined && now - checked <= within;
}

type Metric = readonly [name: string, type: 'gauge' | 'counter', help: string, value: number | undefined];

/** Returns a status as metrics in Prometheus' text format. */
export function statusMetrics(status: ServiceStatus): string {
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
    ['drifted_services', 'gauge', 'Services that differed when the table was last read.', status.drift],
    [
      'drifted_settings',
      'gauge',
      'Other settings that differed when they were last read.',
      status.settingsDrift,
    ],
    ['draining_destinations', 'gauge', 'Destinations that are draining.', status.draining],
    ['waiting', 'gauge', 'Whether a desired state waits for SIGUSR2.', Number(status.waiting)],
    ['source_up', 'gauge', 'Whether the source has a usable state.', Number(status.problem === undefined)],
    [
      'desired_timestamp_seconds',
      'gauge',
      'When the current desired state was read.',
      seconds(status.readAt),
    ],
    ['checked_timestamp_seconds', 'gauge', 'When the last successful run ended.', seconds(status.checked)],
    ['runs_total', 'counter', 'Runs after which the table was in the desired state.', status.runs],
    ['failed_runs_total', 'counter', 'Runs that failed.', status.failedRuns],
    ['source_problems_total', 'counter', 'Problems of the source.', status.sourceProblems],
    ['changes_total', 'counter', 'Changes sent to the kernel.', status.changes],
  ];
  return metrics
    .filter(([, , , value]) => value !== undefined)
    .map(([name, type, help, value]) => {
      const whole = `ipvs_reconcile_${name}`;
      return `# HELP ${whole} ${help}\n# TYPE ${whole} ${type}\n${whole} ${value}\n`;
    })
    .join('');
}
