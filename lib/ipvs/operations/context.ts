import type { GenericFamily } from '../../../protocol/genetlink/index.ts';
import { FAMILY_NAME } from '../../../protocol/ipvs/index.ts';
import { DecodeError } from '../../../protocol/netlink/index.ts';
import type { ConnectionStatistics } from '../../netlink/exchange/statistics.ts';
import type { FamilyDirectory } from '../../netlink/families/family-directory.ts';
import { type Operation, perform } from '../../netlink/request/operation.ts';
import type { Transport } from '../../netlink/socket/transport.ts';
import { isNotFound, MODULE_HINT } from '../explanations.ts';
import type { KernelFiles } from '../proc/kernel-files.ts';
import { IpvsCall, type IpvsRequest } from '../requests/ipvs-call.ts';
import type { MalformedReplies } from '../requests/malformed-objects.ts';

/** The parts of a client that its operations use. */
export interface Context extends KernelFiles {
  /** The generic netlink families that have been looked up. */
  readonly families: FamilyDirectory;
  /** The counters of the connection. */
  readonly statistics: ConnectionStatistics;
  /** The transport, for a second socket; without it only the connection is used. */
  readonly transport?: Transport;
  /** Minimum number of services for which a per-service dump uses another thread. Default: 8192. */
  readonly minimumServicesForThread?: number;
  /** Collects malformed objects, so that the others are still decoded. */
  readonly malformed?: MalformedReplies | undefined;
}

/** Returns the generic netlink family IPVS, from the cache or from nlctrl. */
export function family({ families }: Context): Operation<GenericFamily> {
  return families.family(FAMILY_NAME, MODULE_HINT);
}

/**
 * Runs an operation with the family IPVS, and again if its module was reloaded (rule 16 of
 * lib/netlink/README.md).
 */
export function withFamily<Result, Item>(
  { families }: Context,
  operation: (family: GenericFamily) => Operation<Result, Item>,
): Operation<Result, Item> {
  return families.withFamily(FAMILY_NAME, operation, MODULE_HINT);
}

/** Sends one request. */
export function send<Result>(context: Context, request: IpvsRequest<Result>): Operation<Result> {
  return withFamily(context, (family) => perform(new IpvsCall(family, request, context.malformed)));
}

/** Returns the result of an operation, or `missing` if the service, destination or daemon does not exist. */
export function* unlessMissing<Result, Missing = undefined>(
  operation: Operation<Result>,
  missing?: Missing,
): Operation<Result | Missing> {
  try {
    return yield* operation;
  } catch (error) {
    if (isNotFound(error)) return missing as Missing;
    throw error;
  }
}

/** Sends one request whose reply is one object, and returns the object. */
export function* sendForOne<Item>(context: Context, request: IpvsRequest<Item[]>): Operation<Item> {
  const [item] = yield* send(context, request);
  if (item === undefined) throw new DecodeError(`the reply to ${request.command} has no object`, 0);
  return item;
}
