import { constants } from 'node:os';
import { GENERIC_HEADER_LENGTH } from '../../protocol/genetlink/index.ts';
import { FAMILY_NAME, type ServiceKey, serviceKeyText } from '../../protocol/ipvs/index.ts';
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
    const requests = prepared.slice(start, end);
    if (stop !== undefined) {
      for (const { command, object } of requests) {
        outcomes.push({ ok: false, error: new NotSentError(command, object, stop) });
      }
      continue;
    }
    const calls = () => requests.map((request) => new IpvsCall(known, request));
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

/**
 * A write that has been encoded. It keeps the operation, which outlives it anyway, and none of what it
 * was encoded from: garbage that dies young costs little.
 */
class PreparedWrite implements IpvsRequest<void> {
  readonly dump = false;
  readonly sharesAck: boolean;
  readonly command: IpvsRequest<void>['command'];
  readonly #operation: BatchOperation;
  /** Holds the requests of the whole batch. */
  readonly #from: MessageWriter;
  readonly #start: number;
  readonly #end: number;

  constructor(operation: BatchOperation, into: MessageWriter) {
    const request = operationRequest(operation);
    this.command = request.command;
    this.sharesAck = request.sharesAck === true;
    this.#operation = operation;
    this.#from = into;
    this.#start = into.length;
    request.encode(into);
    this.#end = into.length;
  }

  get object(): string {
    return operationRequest(this.#operation).object;
  }

  /** What the request takes of a datagram, headers and padding included. */
  get bytes(): number {
    return align(HEADER_LENGTH + GENERIC_HEADER_LENGTH + this.#end - this.#start);
  }

  encode(writer: MessageWriter): void {
    writer.copyFrom(this.#from, this.#start, this.#end);
  }

  receive(): void {}

  result(): void {}

  restart(): void {}
}

function prepare(operations: readonly BatchOperation[]): PreparedWrite[] {
  const writer = new MessageWriter();
  const mistakes: BatchMistake[] = [];
  const prepared: PreparedWrite[] = [];
  for (const [index, operation] of operations.entries()) {
    try {
      prepared.push(new PreparedWrite(operation, writer));
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
  prepared: readonly PreparedWrite[],
): Generator<readonly [number, number]> {
  let start = 0;
  let bytes = 0;
  for (let from = 0; from < operations.length; ) {
    const service = serviceOf(operations[from]!);
    let to = from;
    let more = 0;
    do more += prepared[to++]!.bytes;
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
