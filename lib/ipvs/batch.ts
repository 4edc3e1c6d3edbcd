import { constants } from 'node:os';
import { FAMILY_NAME, type ServiceKey, serviceKeyText } from '../../protocol/ipvs/index.ts';
import { ClosedError, DeadlineError, KernelError, NotSentError } from '../netlink/errors.ts';
import { type Operation, performAll } from '../netlink/request/operation.ts';
import type { Outcome } from '../netlink/request/outcome.ts';
import { type BatchOperation, serviceOf } from './batch-operations.ts';
import { type Context, family } from './operations.ts';
import { PreparedBatch } from './prepared-batch.ts';

/** Requests that go into one datagram, so that a reply to each fits any receive buffer. */
const MOST_REQUESTS = 64;
/** Bytes that go into one datagram, unless one service alone takes more. */
const MOST_BYTES = 32768;

/**
 * Runs any mix of writes and returns their outcomes, in order; one that fails does not stop the
 * others.
 *
 * Operations in a row about the same service share a datagram as far as the send buffer takes
 * them (64 KiB is some 450 destinations). The kernel carries a datagram out inside the send, so a
 * process that is killed leaves such a service either untouched or done. Once the deadline has
 * passed, the signal is aborted or the client is closed, nothing more is sent: the rest fail with
 * a {@link NotSentError}.
 *
 * Throws a `BatchInputError` that lists every bad operation before anything is sent.
 */
export function* batch(
  context: Context,
  operations: readonly BatchOperation[],
  signal?: AbortSignal,
): Operation<Outcome<void>[]> {
  const prepared = new PreparedBatch(operations);
  const outcomes: Outcome<void>[] = [];
  if (operations.length === 0) return outcomes;
  let known = yield* family(context);
  let stop: Error | undefined;
  for (const [start, end] of datagrams(prepared)) {
    if (signal?.aborted === true) stop ??= asError(signal.reason);
    if (stop !== undefined) {
      for (let index = start; index < end; index++) {
        const { command, object } = prepared.request(index);
        outcomes.push({ ok: false, error: new NotSentError(command, object, stop) });
      }
      continue;
    }
    let answers = yield* performAll(prepared.calls(start, end, known.id));
    if (answers.every(isUnknown)) {
      // The module may have been loaded anew, under another id (rule 16).
      const { id } = known;
      context.families.forget(FAMILY_NAME);
      known = yield* family(context);
      if (known.id !== id) answers = yield* performAll(prepared.calls(start, end, known.id));
    }
    for (const outcome of answers) {
      outcomes.push(outcome);
      if (!outcome.ok) stop ??= stopOf(outcome.error);
    }
  }
  return outcomes;
}

/** Why nothing more is to be sent after this error; undefined where the rest may still be. */
function stopOf(error: Error): Error | undefined {
  if (error instanceof NotSentError) return error.cause as Error;
  return error instanceof DeadlineError || error instanceof ClosedError ? error : undefined;
}

function isUnknown(outcome: Outcome<void>): boolean {
  return (
    !outcome.ok && outcome.error instanceof KernelError && outcome.error.errno === constants.errno.ENOENT
  );
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** Where datagrams start and end: at the borders of services. */
function* datagrams(prepared: PreparedBatch): Generator<readonly [number, number]> {
  const { operations } = prepared;
  let start = 0;
  let bytes = 0;
  for (let from = 0; from < operations.length; ) {
    const service = serviceOf(operations[from]!);
    let to = from;
    let more = 0;
    do more += prepared.bytesOf(to++);
    while (service !== undefined && to < operations.length && isAbout(service, operations[to]!));
    if (from > start && (to - start > MOST_REQUESTS || bytes + more > MOST_BYTES)) {
      yield [start, from];
      start = from;
      bytes = 0;
    }
    bytes += more;
    from = to;
  }
  if (start < operations.length) yield [start, operations.length];
}

function isAbout(service: ServiceKey, operation: BatchOperation): boolean {
  const other = serviceOf(operation);
  return other !== undefined && isSameService(service, other);
}

/** Compares texts only where it must: thousands of keys are compared at a time. */
function isSameService(one: ServiceKey, other: ServiceKey): boolean {
  if (one === other) return true;
  if (one.port !== other.port || one.mark !== other.mark) return false;
  if (one.address !== undefined && one.address === other.address && one.protocol === other.protocol) {
    return true;
  }
  return serviceKeyText(one) === serviceKeyText(other);
}
