import { FAMILY_NAME, type ServiceKey, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import type { RequestOptions } from '../../netlink/connection/lifetime.ts';
import { ClosedError, DeadlineError, FamilyNotFoundError, NotSentError } from '../../netlink/errors.ts';
import { mayMeanUnknownType } from '../../netlink/families/family-directory.ts';
import { type Operation, performAll } from '../../netlink/request/operation.ts';
import type { Outcome } from '../../netlink/request/outcome.ts';
import { type BatchOperation, serviceOf } from '../batch-operations.ts';
import { type Context, family } from './context.ts';
import { PreparedBatch } from './prepared-batch.ts';
import { batchWithSysctls, setsSysctl } from './sysctls.ts';

/**
 * Maximum number of requests in one datagram, so that the replies fit any receive buffer; operations of one service may
 * exceed it.
 */
const MAXIMUM_REQUESTS = 64;
/** Maximum size of a datagram, in bytes, unless one service alone takes more. */
const MAXIMUM_LENGTH = 32768;

/** Carries out the operations of a batch, see `IpvsMethods.batch`. */
export function* batch(
  context: Context,
  operations: readonly BatchOperation[],
  { signal }: RequestOptions,
): Operation<Outcome<void>[]> {
  if (!operations.some(setsSysctl)) return yield* sendBatch(context, operations, signal);
  return yield* batchWithSysctls(context, operations, (others) => sendBatch(context, others, signal));
}

/** Sends the operations of a batch that are netlink requests. */
function* sendBatch(
  context: Context,
  operations: readonly BatchOperation[],
  signal: AbortSignal | undefined,
): Operation<Outcome<void>[]> {
  const prepared = new PreparedBatch(operations);
  const outcomes: Outcome<void>[] = [];
  if (operations.length === 0) return outcomes;
  let familyId = 0;
  /** The error after which nothing more is sent. */
  let stopCause: Error | undefined;
  /** Returns the error after which nothing more is sent; undefined if the batch goes on. */
  const stopCauseOf = (error: Error): Error | undefined => {
    if (error instanceof NotSentError) return error.cause as Error;
    const cancelled =
      error instanceof DeadlineError || error instanceof ClosedError || signal?.aborted === true;
    return cancelled ? error : undefined;
  };
  try {
    familyId = (yield* family(context)).id;
  } catch (error) {
    stopCause = stopCauseOf(error as Error);
    if (stopCause === undefined) throw error;
  }
  for (const [start, end] of datagrams(prepared)) {
    if (stopCause !== undefined) {
      for (let index = start; index < end; index++)
        outcomes.push({ ok: false, error: new NotSentError(prepared.request(index), stopCause) });
      continue;
    }
    let results = yield* performAll(prepared.calls(start, end, familyId));
    if (results.every((outcome) => !outcome.ok && mayMeanUnknownType(outcome.error))) {
      // The module may have been reloaded, with another family id (rule 16 of lib/netlink/README.md).
      context.families.forget(FAMILY_NAME);
      try {
        const { id } = yield* family(context);
        if (id !== familyId) results = yield* performAll(prepared.calls(start, end, id));
        familyId = id;
      } catch (error) {
        // Not thrown, so that the outcomes so far are returned.
        stopCause = error instanceof FamilyNotFoundError ? error : stopCauseOf(error as Error);
      }
    }
    for (const outcome of results) {
      outcomes.push(outcome);
      if (!outcome.ok) stopCause ??= stopCauseOf(outcome.error);
    }
  }
  return outcomes;
}

/**
 * Distributes the operations of a batch over datagrams; consecutive ones of one service stay in one datagram. Yields
 * for each datagram the index of its first operation, and the index after its last.
 */
function* datagrams(prepared: PreparedBatch): Generator<readonly [number, number]> {
  const { operations } = prepared;
  let start = 0;
  let bytes = 0;
  for (let from = 0; from < operations.length; ) {
    const service = serviceOf(operations[from]!);
    let to = from;
    let groupBytes = 0;
    do groupBytes += prepared.lengthOf(to++);
    while (service !== undefined && to < operations.length && belongsToService(operations[to]!, service));
    if (from > start && (to - start > MAXIMUM_REQUESTS || bytes + groupBytes > MAXIMUM_LENGTH)) {
      yield [start, from];
      start = from;
      bytes = 0;
    }
    bytes += groupBytes;
    from = to;
  }
  if (start < operations.length) yield [start, operations.length];
}

/** Whether an operation concerns this service or one of its destinations. */
function belongsToService(operation: BatchOperation, service: ServiceKey): boolean {
  const other = serviceOf(operation);
  return other !== undefined && isSameService(service, other);
}

/** Compares keys as text only if needed, as a batch can have thousands of them. */
function isSameService(a: ServiceKey, b: ServiceKey): boolean {
  if (a === b) return true;
  if (a.port !== b.port || a.mark !== b.mark) return false;
  if (a.address !== undefined && a.address === b.address && a.protocol === b.protocol) {
    return true;
  }
  return serviceKeyText(a) === serviceKeyText(b);
}
