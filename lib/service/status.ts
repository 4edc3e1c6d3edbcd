/** How a reconciling service is doing. Times are in milliseconds since 1970. */
export interface ServiceStatus {
  /** Whether the table was the wanted one when it was looked at last. */
  settled: boolean;
  /** Services of the state in force; undefined before there is one. */
  wanted: number | undefined;
  /** Where that state came from. */
  from: string | undefined;
  /** When it was taken from its source. */
  taken: number | undefined;
  /** Services that differed when the table was read last. */
  drift: number;
  /** Settings beside the services that differed then: timeouts, sync daemons, sysctls. */
  settingsDrift: number;
  /** Destinations that drain. */
  draining: number;
  /** Whether a state waits for a word. */
  waiting: boolean;
  /** Why the source has no state to give. */
  problem: string | undefined;
  /** When a run found the table right, or made it so. */
  checked: number | undefined;
  /** Runs that did so. */
  runs: number;
  /** Runs that failed. */
  failedRuns: number;
  /** Problems of the source. */
  sourceProblems: number;
  /** Changes sent to the kernel. */
  changes: number;
}

/** The status of a service that has done nothing yet. */
export function newStatus(): ServiceStatus {
  return {
    settled: false,
    wanted: undefined,
    from: undefined,
    taken: undefined,
    drift: 0,
    settingsDrift: 0,
    draining: 0,
    waiting: false,
    problem: undefined,
    checked: undefined,
    runs: 0,
    failedRuns: 0,
    sourceProblems: 0,
    changes: 0,
  };
}

/** So many of something, in words. */
export function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** A status in a line for people. */
export function statusText(status: ServiceStatus): string {
  const { settled, wanted, draining, waiting, problem, drift, settingsDrift } = status;
  const parts: string[] = [];
  if (wanted === undefined) parts.push('no wanted state yet');
  // The one before the state that waits is kept up.
  else if (settled || (waiting && drift === 0 && settingsDrift === 0))
    parts.push(`${counted(wanted, 'service')} as wanted`);
  else if (drift > 0 || settingsDrift === 0)
    parts.push(`${counted(drift, 'service')} not as wanted, of ${wanted}`);
  if (settingsDrift > 0) parts.push(`${counted(settingsDrift, 'setting')} not as wanted`);
  if (draining > 0) parts.push(`${counted(draining, 'destination')} draining`);
  if (waiting) parts.push('a state waits for the signal SIGUSR2');
  if (problem !== undefined) parts.push(`source: ${problem.split('\n')[0]}`);
  return parts.join('; ');
}

/** Whether a run came to a good end within so many milliseconds. */
export function isHealthy({ checked }: ServiceStatus, within: number, now: number = Date.now()): boolean {
  return checked !== undefined && now - checked <= within;
}

type Metric = readonly [name: string, type: 'gauge' | 'counter', help: string, value: number | undefined];

/** A status as Prometheus reads it. */
export function statusMetrics(status: ServiceStatus): string {
  const seconds = (time: number | undefined): number | undefined =>
    time === undefined ? undefined : time / 1000;
  const metrics: readonly Metric[] = [
    ['settled', 'gauge', 'Whether the table was the wanted one at the last look.', Number(status.settled)],
    ['wanted_services', 'gauge', 'Services of the wanted state in force.', status.wanted],
    ['drifted_services', 'gauge', 'Services that differed at the last reading.', status.drift],
    [
      'drifted_settings',
      'gauge',
      'Settings beside the services that differed at the last reading.',
      status.settingsDrift,
    ],
    ['draining_destinations', 'gauge', 'Destinations that drain.', status.draining],
    ['waiting', 'gauge', 'Whether a wanted state waits for a word.', Number(status.waiting)],
    ['source_up', 'gauge', 'Whether the source has a state to give.', Number(status.problem === undefined)],
    ['wanted_timestamp_seconds', 'gauge', 'When the wanted state in force was taken.', seconds(status.taken)],
    [
      'checked_timestamp_seconds',
      'gauge',
      'When the table was last found or made right.',
      seconds(status.checked),
    ],
    ['runs_total', 'counter', 'Runs that found the table right or made it so.', status.runs],
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
