import { constants } from 'node:os';
import { GENERIC_HEADER_LENGTH } from '../../protocol/genetlink/index.ts';
import { FAMILY_NAME } from '../../protocol/ipvs/index.ts';
import { align, FieldError, HEADER_LENGTH, MessageWriter } from '../../protocol/netlink/index.ts';
import { ClosedError, DeadlineError, KernelError, NotSentError } from '../errors.ts';
import { type Operation, performAll } from '../operation.ts';
import type { Outcome } from '../outcome.ts';
import {
  BatchInputError,
  type BatchMistake,
  type BatchOperation,
  operationRequest,
  serviceOf,
} from './batch-operations.ts';
import { type Context, family } from './operations.ts';
import { IpvsCall, type IpvsRequest } from './requests.ts';

/** Requests that go into one datagram, so that their acks fit any receive buffer. */
const MOST_REQUESTS = 64;
/** Bytes that go into one datagram, unless one service alone takes more. */
const MOST_BYTES = 32768;

interface Prepared {
  readonly request: IpvsRequest<void>;
  /** What the request takes of a datagram, headers and padding included. */
  readonly bytes: number;
}

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
 * Throws a {@link BatchInputError} that lists every bad operation before anything is sent.
 */
export function* batch(
  context: Context,
  operations: readonly BatchOperation[],
  signal?: AbortSignal,
): Operation<Outcome<void>[]> {
  const prepared = prepare(operations);
  const outcomes: Outcome<void>[] = [];
  if (operations.length === 0) return outcomes;
  let known = yield* family(context);
  let stop: Error | undefined;
  for (const [start, end] of datagrams(operations, prepared)) {
    if (signal?.aborted === true) stop ??= asError(signal.reason);
    if (stop !== undefined) {
      for (const { request } of prepared.slice(start, end)) {
        outcomes.push({ ok: false, error: new NotSentError(request.command, request.object, stop) });
      }
      continue;
    }
    const calls = () => prepared.slice(start, end).map(({ request }) => new IpvsCall(known, request));
    let answers = yield* performAll(calls());
    if (answers.every(isUnknown)) {
      // The module may have been loaded anew, under another id (rule 16).
      const { id } = known;
      context.families.forget(FAMILY_NAME);
      known = yield* family(context);
      if (known.id !== id) answers = yield* performAll(calls());
    }
    for (const outcome of answers) {
      outcomes.push(outcome);
      if (!outcome.ok && (outcome.error instanceof DeadlineError || outcome.error instanceof ClosedError)) {
        stop = outcome.error;
      }
    }
  }
  return outcomes;
}

function isUnknown(outcome: Outcome<void>): boolean {
  return (
    !outcome.ok && outcome.error instanceof KernelError && outcome.error.errno === constants.errno.ENOENT
  );
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function prepare(operations: readonly BatchOperation[]): Prepared[] {
  const writer = new MessageWriter();
  const mistakes: BatchMistake[] = [];
  const prepared: Prepared[] = [];
  for (const [index, operation] of operations.entries()) {
    try {
      const request = operationRequest(operation);
      const start = writer.length;
      request.encode(writer);
      const end = writer.length;
      prepared.push({
        request: { ...request, encode: (into) => into.raw(writer.bytes.subarray(start, end)) },
        bytes: align(HEADER_LENGTH + GENERIC_HEADER_LENGTH + end - start),
      });
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      mistakes.push({ index, operation, error });
    }
  }
  if (mistakes.length > 0) throw new BatchInputError(mistakes);
  return prepared;
}

/** Where datagrams start and end: at the borders of services. */
function* datagrams(
  operations: readonly BatchOperation[],
  prepared: readonly Prepared[],
): Generator<readonly [number, number]> {
  let start = 0;
  let bytes = 0;
  for (let from = 0; from < operations.length; ) {
    const service = serviceOf(operations[from]!);
    let to = from;
    let more = 0;
    do more += prepared[to++]!.bytes;
    while (service !== undefined && to < operations.length && serviceOf(operations[to]!) === service);
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
