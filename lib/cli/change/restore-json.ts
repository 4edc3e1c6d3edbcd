import type { BatchOperation } from '../../ipvs/batch-operations.ts';
import { parseDesiredState } from '../../ipvs/desired-file/index.ts';
import { errorText } from '../kernel/error-text.ts';
import { isIpvsUnusable, withClient } from '../kernel/open-client.ts';
import type { Command } from '../parse/command.ts';
import { Status } from '../parse/command-error.ts';
import type { Client, System } from '../system.ts';
import { operationsFor } from './table-operations.ts';

/**
 * Adds the services and settings of a desired state in JSON, as `-R` does with rules: nothing is changed if it has
 * an error, and a change that the kernel refuses does not stop the others. Rejects with a DesiredFileError.
 */
export async function restoreJson(
  text: string,
  { location, check }: Command & { readonly do: 'restore' },
  system: System,
): Promise<number> {
  // Each destination must name its forwarding method, as everything is added and there is no current one to keep.
  const state = await parseDesiredState(text, { file: 'standard input', format: 'json', isTableEmpty: true });
  if (check) return Status.DONE;
  const refused = await withClient(location, system, (client) =>
    addAll(operationsFor(state), client, system),
  );
  return refused > 0 ? Status.REFUSED : Status.DONE;
}

/** Returns the number of refused operations. */
function addAll(operations: readonly BatchOperation[], client: Client, system: System): number {
  let refused = 0;
  for (const [index, outcome] of client.batch(operations).entries()) {
    if (outcome.ok) continue;
    if (isIpvsUnusable(outcome.error)) throw outcome.error;
    system.writeError(`ipvs: ${errorText(outcome.error, system, operations[index])}`);
    refused++;
  }
  return refused;
}
