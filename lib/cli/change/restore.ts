import { isUnreachable, withClient } from '../kernel/reach.ts';
import { resolveNames } from '../names/resolve-names.ts';
import type { Command } from '../parse/command.ts';
import { Status } from '../parse/command-line-error.ts';
import { type BadLine, parseRuleLines, type RuleLine } from '../parse/rule-lines.ts';
import type { Client, System } from '../system.ts';
import { refusalText } from './refusals.ts';

type ChangeLine = RuleLine & { readonly command: Command & { readonly do: 'change' } };

/**
 * Applies rules from standard input. Invalid lines are reported first, and then nothing is changed unless
 * --keep-going is given. A change that the kernel refuses does not stop the others. JSON as written by `-S
 * --json` is accepted as well.
 */
export async function restore(
  command: Command & { readonly do: 'restore' },
  system: System,
): Promise<number> {
  const { source, check, keepGoing, compat } = command;
  const text = system.readInput();
  if (/^\s*\{/.test(text)) {
    const { restoreJson } = await import('./restore-json.ts');
    return await restoreJson(text, command, system);
  }
  const { lines, bad } = await resolveNames((names) => parseRuleLines(text, names), system);
  for (const { number, problem } of bad) report(system, number, problem);
  const status = bad[0]?.status ?? Status.DONE;
  if (check) reportWarnings(lines, system);
  if (check || (bad.length > 0 && !keepGoing)) return status;
  const refused = await withClient(source, system, (client) => applyRules(lines, client, system));
  if (compat) return lastLineFailed(lines, bad, refused) ? Status.REFUSED : Status.DONE;
  return refused.size > 0 ? Status.REFUSED : status;
}

function report(system: System, line: number, problem: string): void {
  system.writeError(`ipvs: line ${line}: ${problem}`);
}

function reportWarnings(lines: readonly RuleLine[], system: System): void {
  for (const { number, command } of lines)
    if (command.do === 'change' && command.warning !== undefined) report(system, number, command.warning);
}

/** Whether the last line failed, which is all that the exit status of ipvsadm tells. */
function lastLineFailed(
  lines: readonly RuleLine[],
  bad: readonly BadLine[],
  refused: ReadonlySet<number>,
): boolean {
  const last = lines.at(-1)?.number ?? 0;
  return refused.has(last) || (bad.at(-1)?.number ?? 0) > last;
}

/** Returns the numbers of the refused lines. */
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
    if (isUnreachable(outcome.error)) throw outcome.error;
    report(system, number, refusalText(command.change, outcome.error, system));
    refused.push(number);
  }
  return refused;
}

/** Prints a listing that the rules contain between two changes, which ipvsadm allows. */
async function printListing({ command }: RuleLine, system: System): Promise<void> {
  if (command.do === 'change') return;
  const { runListing } = await import('../list/run-listing.ts');
  await runListing(command, system);
}
