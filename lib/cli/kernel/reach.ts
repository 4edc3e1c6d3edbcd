import { constants } from 'node:os';
import { FamilyNotFoundError, KernelError, SystemCallError } from '../../netlink/errors.ts';
import type { TableSource } from '../parse/command.ts';
import { CommandLineError, Status } from '../parse/command-line-error.ts';
import type { Client, System } from '../system.ts';

/**
 * Opens a client, calls `use` with it and closes it. Where the kernel's module is missing it is loaded and
 * `use` is called again, as ipvsadm does. Throws a CommandLineError when IPVS cannot be reached at all, and
 * else what `use` throws.
 */
export async function withClient<Result>(
  source: TableSource,
  system: System,
  use: (client: Client) => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await attempt(source, system, use);
  } catch (error) {
    const missing = error instanceof FamilyNotFoundError && source.from === undefined;
    if (!missing || !(await system.loadModule())) throw await reachError(error, system);
    try {
      return await attempt(source, system, use);
    } catch (again) {
      throw await reachError(again, system);
    }
  }
}

async function attempt<Result>(
  source: TableSource,
  system: System,
  use: (client: Client) => Result | Promise<Result>,
): Promise<Result> {
  const client = await system.open(source);
  try {
    const result = await use(client);
    client.capture?.assertComplete();
    return result;
  } catch (error) {
    throw client.capture?.explain(error) ?? error;
  } finally {
    client.close();
  }
}

/** Whether IPVS itself cannot be reached: ipvsadm then gives up before it reads its options. */
export function isUnreachable(error: unknown): boolean {
  return (
    error instanceof FamilyNotFoundError ||
    error instanceof SystemCallError ||
    (error instanceof KernelError && error.errno === constants.errno.EPERM)
  );
}

/** The error to throw: a CommandLineError where IPVS itself cannot be reached, else `error` itself. */
export async function reachError(error: unknown, system: System): Promise<unknown> {
  if (!isUnreachable(error)) return error;
  const { errorText } = await import('./error-text.ts');
  return new CommandLineError(errorText(error, system), Status.WRONG_USE);
}
