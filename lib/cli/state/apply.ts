import { setTimeout } from 'node:timers/promises';
import { readDesiredState } from '../../ipvs/desired-file/index.ts';
import { type ApplyResult, type ClientPlanOptions, DrainStartTimes } from '../../ipvs/plan/index.ts';
import { errorText } from '../kernel/error-text.ts';
import { withClient } from '../kernel/open-client.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { System } from '../system.ts';
import { differencesOf, differencesText } from './differences-text.ts';
import { DiffStatus, fileFormat, planOptions, usesColour } from './options.ts';

/** Interval at which draining destinations are read again, in milliseconds. */
const DRAIN_PERIOD = 1000;

/**
 * Changes the table to the desired state in a file and prints the changes; see the subcommand's help for the
 * status.
 */
export async function runApply(line: SubcommandLine, system: System): Promise<number> {
  const desired = await readDesiredState(line.operand, { format: fileFormat(line) });
  const colour = usesColour(await system.isTerminal(), process.env);
  const show = (text: string): void => {
    if (!line.options.has('quiet') && text !== '') system.write(text);
  };
  const options = planOptions(line);
  return await withClient(line.location, system, async (client) => {
    const drainStartTimes = new DrainStartTimes();
    const { draining } = options;
    let nextOptions: ClientPlanOptions = {
      ...options,
      draining: draining === undefined ? undefined : { ...draining, elapsed: drainStartTimes.elapsed },
    };
    for (;;) {
      const plan = client.plan(desired, nextOptions);
      // Once a plan has been accepted, those that follow may remove anything, whatever other writers do meanwhile.
      nextOptions = { ...nextOptions, allowRemoval: 'any' };
      if (plan.operations.length > 0) show(differencesText(differencesOf(plan), colour));
      const result = client.apply(plan, { strategy: options.strategy });
      drainStartTimes.afterApply(result.remaining);
      if (result.remaining.operations.length > 0) return reportRemaining(result, system);
      if (drainStartTimes.size === 0) return DiffStatus.SAME;
      await setTimeout(Math.min(DRAIN_PERIOD, draining?.grace ?? 0));
    }
  });
}

/** Prints failures and remaining differences, and returns the exit status. */
function reportRemaining({ failures, remaining }: ApplyResult, system: System): number {
  for (const { operation, error } of failures)
    system.writeError(`ipvs: ${errorText(error, system, operation)}`);
  system.writeError('ipvs: remaining differences:');
  const text = differencesText(differencesOf(remaining));
  for (const line of text.trimEnd().split('\n')) system.writeError(line);
  return DiffStatus.DIFFERENT;
}
