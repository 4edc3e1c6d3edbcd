import { readDesiredState } from '../../ipvs/desired-file/index.ts';
import type { ClientPlanOptions, DesiredState, Plan } from '../../ipvs/plan/index.ts';
import { errorText, isRemovalRefused } from '../kernel/error-text.ts';
import { withClient } from '../kernel/open-client.ts';
import { jsonText } from '../list/json.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { Client, System } from '../system.ts';
import { differencesOf, differencesText } from './differences-text.ts';
import { DiffStatus, fileFormat, planOptions, usesColour } from './options.ts';

/** Prints the changes that `ipvs apply` would make; see the subcommand's help for the status. */
export async function runDiff(line: SubcommandLine, system: System): Promise<number> {
  const desired = await readDesiredState(line.operand, { format: fileFormat(line) });
  const options = planOptions(line);
  return await withClient(line.location, system, async (client) => {
    const differences = differencesOf(planAnyway(client, desired, options, system));
    const colour = usesColour(await system.isTerminal(), process.env);
    system.write(
      line.json === undefined ? differencesText(differences, colour) : jsonText(differences, line.json),
    );
    const same = differences.services.length === 0 && differences.settings.length === 0;
    return same ? DiffStatus.SAME : DiffStatus.DIFFERENT;
  });
}

/**
 * Makes the plan for a file; prints a message if `ipvs apply` would refuse it because it removes too much.
 */
function planAnyway(client: Client, desired: DesiredState, options: ClientPlanOptions, system: System): Plan {
  try {
    return client.plan(desired, options);
  } catch (error) {
    if (!isRemovalRefused(error)) throw error;
    system.writeError(`ipvs: apply would refuse this: ${errorText(error, system)}`);
    return client.plan(desired, { ...options, allowRemoval: 'any' });
  }
}
