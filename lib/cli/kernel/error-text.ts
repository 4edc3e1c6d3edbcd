import { constants } from 'node:os';
import { IpvsNetlinkError } from '../../../protocol/netlink/index.ts';
import type { BatchOperation } from '../../ipvs/batch-operations.ts';
import type { DesiredFileError } from '../../ipvs/desired-file/index.ts';
import { missingModule } from '../../ipvs/explanations.ts';
import type { RemovalRefusedError } from '../../ipvs/plan/index.ts';
import { FamilyNotFoundError, KernelError, SystemCallError } from '../../netlink/errors.ts';
import { fileErrorText } from '../../text/file-error.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { System } from '../system.ts';
import { PRIVILEGE_MESSAGES } from './privileges.ts';

const { ENODEV, ENOENT, EPERM } = constants.errno;

/** Returns the lines of an error for standard error: one, or one for each error in a file. */
export function errorLines(error: unknown, system: System): readonly string[] {
  const text = errorText(error, system);
  // Line breaks in what an error of this package tells of are escaped, so these are lines that it has itself.
  return error instanceof IpvsNetlinkError ? text.split('\n') : [text];
}

/** Writes an error to standard error. */
export function writeError(error: unknown, system: System): void {
  for (const line of errorLines(error, system)) system.writeError(`ipvs: ${line}`);
}

/** Returns the exit status for an error. */
export function errorStatus(error: unknown): number {
  if (error instanceof CommandError) return error.status;
  const { code } = error as Partial<DesiredFileError>;
  return code === 'ERR_DESIRED_FILE' ? Status.USAGE_ERROR : Status.READ_FAILED;
}

/**
 * Returns the message for an error: a description, then command and errno. It is one line, except for files with several
 * errors. `change` is the operation that failed, if any.
 */
export function errorText(error: unknown, system: System, change?: BatchOperation): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof FamilyNotFoundError)
    return `this kernel has no IPVS; load the module with: modprobe ip_vs (no generic netlink family ${error.family})`;
  if (error instanceof KernelError) {
    const cause = causeOf(error, system, change);
    if (cause !== undefined) return `${cause} (${error.command}: ${error.errnoName})`;
  }
  if (error instanceof KernelError || error instanceof SystemCallError) return hintFirst(error);
  if (isRemovalRefused(error))
    return `${error.message.slice(0, -`; ${error.hint}`.length)}; if that is meant, add --allow-removal any`;
  return fileErrorText(error);
}

/** Whether a desired state was refused because it would remove too much of the table. */
export function isRemovalRefused(error: unknown): error is RemovalRefusedError {
  return error instanceof Error && (error as Partial<RemovalRefusedError>).code === 'ERR_REMOVAL_REFUSED';
}

/** Returns the message for an error of which only the errno is known, with the hint first. */
function hintFirst({ message, hint, errnoName }: KernelError | SystemCallError): string {
  const withoutHint = hint === undefined ? message : message.slice(0, -`; ${hint}`.length);
  return hint !== undefined && withoutHint.endsWith(`: ${errnoName}`) ? `${hint} (${withoutHint})` : message;
}

/**
 * Returns a message about a cause that the client does not know: a missing privilege, network interface or kernel
 * module.
 */
function causeOf(
  { errno }: KernelError,
  system: System,
  change: BatchOperation | undefined,
): string | undefined {
  if (errno === EPERM) return PRIVILEGE_MESSAGES[system.missingPrivilege()];
  if (errno === ENODEV && change?.do === 'start-daemon')
    return `there is no network interface ${change.daemon.interface}`;
  const definesService = change?.do === 'add-service' || change?.do === 'update-service';
  if (errno !== ENOENT || !definesService) return undefined;
  const { problem, hint } = missingModule(change.service);
  return `${problem}; ${hint}`;
}
