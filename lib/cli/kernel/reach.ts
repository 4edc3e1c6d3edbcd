import { FamilyNotFoundError } from '../../netlink/errors.ts';
import { isUnreachable } from '../change/refusals.ts';
import type { Source } from '../parse/command.ts';
import { CommandLineError, Status } from '../parse/command-line-error.ts';
import type { Client, System } from '../system.ts';

/**
 * Opens a client, does `use` with it and closes it. Where the kernel's module is missing it is
 * loaded and `use` starts over, as ipvsadm does. Throws a CommandLineError when IPVS cannot be
 * reached at all, and else what `use` throws.
 */
export async function withClient<Result>(
  source: Source,
  system: System,
  use: (client: Client) => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await attempt(source, system, use);
  } catch (error) {
    const missing = error instanceof FamilyNotFoundError && source.from === undefined;
    if (!missing || !(await system.loadModule())) throw reachError(error);
    try {
      return await attempt(source, system, use);
    } catch (again) {
      throw reachError(again);
    }
  }
}

async function attempt<Result>(
  source: Source,
  system: System,
  use: (client: Client) => Result | Promise<Result>,
): Promise<Result> {
  const client = await system.open(source);
  try {
    const result = await use(client);
    client.capture?.checkWhole();
    return result;
  } catch (error) {
    throw client.capture?.explain(error) ?? error;
  } finally {
    client.close();
  }
}

function reachError(error: unknown): unknown {
  return isUnreachable(error) ? new CommandLineError((error as Error).message, Status.WRONG_USE) : error;
}
