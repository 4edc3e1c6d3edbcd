/** The counts that Node's test runner prints at the end of a report. */
export interface Totals {
  readonly tests: number;
  readonly suites: number;
  readonly pass: number;
  readonly fail: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly todo: number;
}

const countNames = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const;

/** Reads the totals of a report by Node's spec or tap reporter; undefined when it ended before them. */
export function parseTotals(report: string): Totals | undefined {
  const found = new Map<string, number>();
  for (const [, name, count] of report.matchAll(/^(?:ℹ|#) ([a-z]+) (\d+)\r?$/gmu))
    found.set(name!, Number(count));
  if (!countNames.every((name) => found.has(name))) return undefined;
  return Object.fromEntries(countNames.map((name) => [name, found.get(name)!])) as Record<
    keyof Totals,
    number
  >;
}

/** The sums of several reports' totals. */
export function sumTotals(all: Iterable<Totals>): Totals {
  const sum = { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
  for (const totals of all) for (const name of countNames) sum[name] += totals[name];
  return sum;
}

/** The totals in the form in which Node's spec reporter prints them. */
export function formatTotals(totals: Totals): string {
  return countNames.map((name) => `ℹ ${name} ${totals[name]}\n`).join('');
}
