import type { GenericFamily } from '../../../protocol/genetlink/index.ts';
import { FAMILY_NAME } from '../../../protocol/ipvs/index.ts';
import { DecodeError } from '../../../protocol/netlink/index.ts';
import type { ConnectionStatistics } from '../../netlink/exchange/statistics.ts';
import type { FamilyDirectory } from '../../netlink/families/family-directory.ts';
import { type Operation, perform } from '../../netlink/request/operation.ts';
import type { Transport } from '../../netlink/socket/transport.ts';
import { isNotFound, MODULE_HINT } from '../explanations.ts';
import type { KernelFiles } from '../proc/kernel-files.ts';
import type { Damage } from '../requests/damage.ts';
import { IpvsCall, type IpvsRequest } from '../requests/ipvs-call.ts';

/** The parts of a client that its operations use. */
export interface Context extends KernelFiles {
  /** The ids of generic netlink families on this connection. */
  readonly families: FamilyDirectory;
  /** What its connection has sent and received so far. */
  readonly statistics: ConnectionStatistics;
  /** Its transport; without it operations use the connection alone. */
  readonly transport?: Transport;
  /** Collects objects that cannot be decoded, so that the others are read. */
  readonly damage?: Damage | undefined;
}

/** The family IPVS, known already or asked of nlctrl. */
export function family({ families }: Context): Operation<GenericFamily> {
  return families.family(FAMILY_NAME, MODULE_HINT);
}

/** Runs an operation with the family IPVS, and again where its module was loaded again (rule 16). */
export function withFamily<Result, Item>(
  { families }: Context,
  operation: (family: GenericFamily) => Operation<Result, Item>,
): Operation<Result, Item> {
  return families.withFamily(FAMILY_NAME, operation, MODULE_HINT);
}

/** Runs one request. */
export function ask<Result>(context: Context, request: IpvsRequest<Result>): Operation<Result> {
  return withFamily(context, (family) => perform(new IpvsCall(family, request, context.damage)));
}

/** The result of an operation; `undefined` where its object does not exist. */
export function* unlessMissing<Result>(operation: Operation<Result>): Operation<Result | undefined> {
  try {
    return yield* operation;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Runs one request that is answered by exactly one message. */
export function* askOne<Item>(context: Context, request: IpvsRequest<Item[]>): Operation<Item> {
  const [item] = yield* ask(context, request);
  if (item === undefined) throw new DecodeError(`${request.command} was answered without an object`, 0);
  return item;
}
