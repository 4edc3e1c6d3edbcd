import { isIpvsUnusable, withClient } from '../kernel/open-client.ts';
import { resolveNames } from '../names/resolve-names.ts';
import type { Command } from '../parse/command.ts';
import { Status } from '../parse/command-error.ts';
import { type InvalidLine, parseRuleLines, type RuleLine } from '../parse/rule-lines.ts';
import type { Client, System } from '../system.ts';
import { refusalText } from './refusals.ts';

type ChangeLine = RuleLine & { readonly command: Command & { readonly do: 'change' } };

/**
 * Applies rules from standard input. Invalid lines are reported first; if there are any, nothing is changed unless
 * --keep-going is given. A change that the kernel refuses does not stop the others. JSON as written by `-S --json` is
 * accepted as well.
 */
export async function restore(
  command: Command & { readonly do: 'restore' },
  system: System,
): Promise<number> {
  const { location, check, keepGoing, compat } = command;
  const text = system.readInput();
  if (/^\s*\{/.test(text)) {
    const { restoreJson } = await import('./restore-json.ts');
    return await restoreJson(text, command, system);
  }
  const { lines, invalid } = await resolveNames((lookup) => parseRuleLines(text, lookup), system);
  for (const { number, problem } of invalid) report(system, number, problem);
  const status = invalid[0]?.status ?? Status.DONE;
  if (check) reportWarnings(lines, system);
  if (check || (invalid.length > 0 && !keepGoing)) return status;
  const refused = await withClient(location, system, (client) => applyRules(lines, client, system));
  // With --compat the exit status is ipvsadm's.
  if (compat) return lastLineFailed(lines, invalid, refused) ? Status.REFUSED : Status.DONE;
  return refused.size > 0 ? Status.REFUSED : status;
}

function report(system: System, line: number, problem: string): void {
  system.writeError(`ipvs: line ${line}: ${problem}`);
}

function reportWarnings(lines: readonly RuleLine[], system: System): void {
  for (const { number, command } of lines)
    if (command.do === 'change' && command.warning !== undefined) report(system, number, command.warning);
}

/** Whether the last line failed, on which alone the exit status of ipvsadm depends. */
function lastLineFailed(
  lines: readonly RuleLine[],
  invalid: readonly InvalidLine[],
  refused: ReadonlySet<number>,
): boolean {
  const last = lines.at(-1)?.number ?? 0;
  return refused.has(last) || (invalid.at(-1)?.number ?? 0) > last;
}

/** Carries out the lines in order; returns the numbers of those whose changes the kernel refused. */
async function applyRules(lines: readonly RuleLine[], client: Client, system: System): Promise<Set<number>> {
  const refused = new Set<number>();
  let pending: ChangeLine[] = [];
  const flush = (): void => {
    for (const number of makeChanges(pending, client, system)) refused.add(number);
    pending = [];
  };
  for (const line of lines) {
    if (isChange(line)) {
      pending.push(line);
      continue;
    }
    flush();
    await printListing(line, system);
  }
  flush();
  return refused;
}

function isChange(line: RuleLine): line is ChangeLine {
  return line.command.do === 'change';
}

function makeChanges(lines: readonly ChangeLine[], client: Client, system: System): number[] {
  const refused: number[] = [];
  for (const [index, outcome] of client.batch(lines.map(({ command }) => command.change)).entries()) {
    const { number, command } = lines[index]!;
    if (outcome.ok) {
      if (command.warning !== undefined) report(system, number, command.warning);
      continue;
    }
    if (isIpvsUnusable(outcome.error)) throw outcome.error;
    report(system, number, refusalText(command.change, outcome.error, system));
    refused.push(number);
  }
  return refused;
}

/** Prints a listing: ipvsadm allows `-L` and `-S` among the rules. */
async function printListing({ command }: RuleLine, system: System): Promise<void> {
  if (command.do === 'change') return;
  const { runListing } = await import('../list/run-listing.ts');
  await runListing(command, system);
}
