import type { Ack, Message } from '../../../protocol/netlink/index.ts';
import { DecodeError, decodeAck } from '../../../protocol/netlink/index.ts';
import { DumpInterruptedError, KernelError, MalformedReplyError, ReplyLostError } from '../errors.ts';
import type { Outcome } from '../request/outcome.ts';
import type { PendingRequest } from './pending-request.ts';

/** The outcome of every request that succeeds without a result. */
const SUCCESS: Outcome<undefined> = Object.freeze({ ok: true, value: undefined });

/**
 * Returns the outcome of a request from the NLMSG_ERROR or NLMSG_DONE that ends it. `stale` is the number of messages
 * with unknown sequence numbers that have been dropped so far. `encode` encodes the request again, to find the
 * attribute at the offset in an extended ack; it may throw.
 */
export function outcomeOfReply(
  request: PendingRequest,
  message: Message,
  stale: number,
  encode: () => Uint8Array,
): Outcome<unknown> {
  let ack: Ack;
  try {
    ack = decodeAck(message);
  } catch (error) {
    return { ok: false, error: failureAt(error, message.offset) };
  }
  if (ack.errno === 0) return outcomeOfSuccess(request, stale);
  const { call } = request;
  const { command, object } = call;
  const { errno, extended } = ack;
  const attribute = attributePath(request, ack, encode);
  const explanation = call.explain?.(errno);
  return {
    ok: false,
    error: new KernelError({
      command,
      object,
      errno,
      kernelMessage: extended.message,
      attribute,
      ...explanation,
    }),
  };
}

/**
 * Returns the outcome of a request that the kernel has carried out. `stale` is as for {@link outcomeOfReply}.
 */
export function outcomeOfSuccess(request: PendingRequest, stale: number): Outcome<unknown> {
  const { call, failure } = request;
  if (failure !== undefined) return { ok: false, error: failure };
  if (request.mayLackReplies) return { ok: false, error: new ReplyLostError(call, 'overflow') };
  if (call.requiresReply === true && !call.dump && request.received === 0)
    return { ok: false, error: new ReplyLostError(call, 'missing', stale - request.staleBefore) };
  let value: unknown;
  try {
    value = call.result();
  } catch (error) {
    if (!request.interrupted || !(error instanceof MalformedReplyError))
      return { ok: false, error: asError(error) };
    // The dump is repeated, and with it the decoding of malformed objects.
    value = error.data;
  }
  if (request.interrupted) return { ok: false, error: new DumpInterruptedError(call.command, value, 1) };
  return value === undefined ? SUCCESS : { ok: true, value };
}

/**
 * Converts what a call threw for a reply that begins at `start` to an Error; offsets become relative to the
 * reply.
 */
export function failureAt(error: unknown, start: number): Error {
  return error instanceof DecodeError ? error.relativeTo(start) : asError(error);
}

/** Returns the path of the attribute in an extended ack. It never throws, as that would hide the errno. */
function attributePath(
  { call }: PendingRequest,
  { extended }: Ack,
  encode: () => Uint8Array,
): string | undefined {
  const { offset, missingType, missingNest } = extended;
  if (offset === undefined && missingType === undefined) return undefined;
  try {
    const request = encode();
    if (missingType === undefined) return call.attributePath?.(request, offset as number);
    return call.attributePath?.(request, missingNest ?? 0, missingType) ?? `missing attribute ${missingType}`;
  } catch {
    return undefined;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
