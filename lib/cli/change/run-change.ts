import { BatchInputError } from '../../ipvs/batch-operations.ts';
import { isIpvsUnusable, withClient } from '../kernel/open-client.ts';
import type { Command } from '../parse/command.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { System } from '../system.ts';
import { refusalText } from './refusals.ts';

/** Makes the change that a command line asks for. Throws a CommandError if it fails. */
export async function runChange(
  { change, location, warning }: Command & { readonly do: 'change' },
  system: System,
): Promise<number> {
  await withClient(location, system, (client) => {
    let problem: Error | undefined;
    try {
      const [outcome] = client.batch([change]);
      if (outcome?.ok === false) problem = outcome.error;
    } catch (error) {
      if (!(error instanceof BatchInputError)) throw error;
      problem = error.errors[0]!.error;
    }
    if (problem === undefined) return;
    if (isIpvsUnusable(problem)) throw problem;
    throw new CommandError(refusalText(change, problem, system), Status.REFUSED);
  });
  if (warning !== undefined) system.writeError(`ipvs: ${warning}`);
  return Status.DONE;
}
