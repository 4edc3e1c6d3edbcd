import { constants } from 'node:os';
import { FamilyNotFoundError, KernelError, SystemCallError } from '../../netlink/errors.ts';
import type { TableLocation } from '../parse/command.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { AsyncClient, Client, System } from '../system.ts';

/**
 * Opens a client, calls `use` with it and closes it. If the kernel module is missing, it is loaded and `use`
 * is called again, as ipvsadm does. Throws a CommandError if IPVS cannot be reached; otherwise rethrows
 * errors of `use`.
 */
export async function withClient<Result>(
  location: TableLocation,
  system: System,
  use: (client: Client) => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await openAndUse(location, system, use).catch(async (error: unknown) => {
      const moduleMissing = error instanceof FamilyNotFoundError && location.from === undefined;
      if (!moduleMissing || !(await system.loadModule())) throw error;
      return await openAndUse(location, system, use);
    });
  } catch (error) {
    throw await errorToThrow(error, system);
  }
}

async function openAndUse<Result>(
  location: TableLocation,
  system: System,
  use: (client: Client) => Result | Promise<Result>,
): Promise<Result> {
  const client = await system.open(location);
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

/**
 * Opens an asynchronous client, and checks that IPVS answers it; the kernel module is loaded if it is missing. Throws a
 * CommandError if IPVS cannot be reached.
 */
export async function openAsyncClient(location: TableLocation, system: System): Promise<AsyncClient> {
  try {
    const client = await system.openAsync(location);
    try {
      await client.info().catch(async (error: unknown) => {
        if (!(error instanceof FamilyNotFoundError) || !(await system.loadModule())) throw error;
        await client.info();
      });
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  } catch (error) {
    throw await errorToThrow(error, system);
  }
}

/**
 * Whether an error means that IPVS cannot be used: module missing, no permission, or a system call failed. ipvsadm
 * reports this before it parses its options. Every failed system call counts, also one on a file in /proc after the
 * client was opened.
 */
export function isIpvsUnusable(error: unknown): boolean {
  return (
    error instanceof FamilyNotFoundError ||
    error instanceof SystemCallError ||
    (error instanceof KernelError && error.errno === constants.errno.EPERM)
  );
}

/** Returns the error to throw: a CommandError if IPVS cannot be reached, else `error` itself. */
async function errorToThrow(error: unknown, system: System): Promise<unknown> {
  if (!isIpvsUnusable(error)) return error;
  const { errorText } = await import('./error-text.ts');
  return new CommandError(errorText(error, system), Status.UNREACHABLE);
}
