import { setTimeout } from 'node:timers/promises';
import { type DesiredTable, readDesiredTable } from '../../ipvs/desired-file/index.ts';
import { type ApplyResult, type ClientPlanOptions, DrainLedger } from '../../ipvs/plan/index.ts';
import { errorText } from '../kernel/error-text.ts';
import { withClient } from '../kernel/reach.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { Client, System } from '../system.ts';
import { differencesText } from './differences-text.ts';
import { fileFormat, planOptions, StateStatus, wantsColour } from './options.ts';
import { type SettingDifference, settingDifferences } from './settings.ts';

/** Interval at which destinations that drain are read again, in milliseconds. */
const DRAIN_PERIOD = 1000;

/** Brings the table to the desired state of a file and shows what that changes; see the subcommand's help for the status. */
export async function runApply(line: SubcommandLine, system: System): Promise<number> {
  const desired = await readDesiredTable(line.operand, { format: fileFormat(line) });
  const colour = wantsColour(await system.isTerminal(), process.env);
  const show = (text: string): void => {
    if (!line.own.has('quiet') && text !== '') system.write(text);
  };
  const options = planOptions(line);
  return await withClient(line.source, system, async (client) => {
    const ledger = new DrainLedger();
    const { draining } = options;
    let nextOptions: ClientPlanOptions = {
      ...options,
      draining: draining === undefined ? undefined : { ...draining, elapsed: ledger.elapsed },
    };
    for (;;) {
      const plan = client.plan(desired.services, nextOptions);
      // Removals that were allowed once stay allowed, whatever other writers do meanwhile.
      nextOptions = { ...nextOptions, allowRemoval: 'any' };
      if (plan.operations.length > 0)
        show(differencesText({ services: plan.differences, settings: [] }, colour));
      const result = client.apply(plan, { strategy: options.strategy });
      ledger.record(result.remaining);
      if (result.remaining.operations.length > 0) {
        return reportRemaining(result, applySettings(desired, client, options, show, colour), system);
      }
      if (ledger.size === 0) break;
      await setTimeout(Math.min(DRAIN_PERIOD, draining?.grace ?? 0));
    }
    const settings = applySettings(desired, client, options, show, colour);
    return settings.remaining.length === 0 ? StateStatus.SAME : reportRemaining(undefined, settings, system);
  });
}

interface AppliedSettings {
  readonly failures: readonly {
    readonly operation: SettingDifference['operations'][number];
    readonly error: Error;
  }[];
  readonly remaining: readonly SettingDifference[];
}

function applySettings(
  desired: DesiredTable,
  client: Client,
  { remove }: ClientPlanOptions,
  show: (text: string) => void,
  colour: boolean,
): AppliedSettings {
  const settings = settingDifferences(desired, client, remove);
  if (settings.length === 0) return { failures: [], remaining: [] };
  show(differencesText({ services: [], settings }, colour));
  const operations = settings.flatMap((difference) => difference.operations);
  const failures = client.batch(operations).flatMap((outcome, index) => {
    return outcome.ok ? [] : [{ operation: operations[index]!, error: outcome.error }];
  });
  return { failures, remaining: settingDifferences(desired, client, remove) };
}

/** Writes what failed and what still differs, and returns the exit status. */
function reportRemaining(result: ApplyResult | undefined, settings: AppliedSettings, system: System): number {
  for (const { operation, error } of [...(result?.failures ?? []), ...settings.failures])
    system.writeError(`ipvs: ${errorText(error, system, operation)}`);
  system.writeError('ipvs: what still differs:');
  const services = result?.remaining.differences ?? [];
  const text = differencesText({ services, settings: settings.remaining });
  for (const line of text.trimEnd().split('\n')) system.writeError(line);
  return StateStatus.DIFFERENT;
}
