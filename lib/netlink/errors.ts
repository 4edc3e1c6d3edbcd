import { type DecodeError, IpvsNetlinkError } from '../../protocol/netlink/index.ts';
import { errnoName } from '../text/errno-name.ts';

export { errnoName };

/** A system call failed; it is unknown whether the kernel carried out the request. */
export class SystemCallError extends IpvsNetlinkError {
  readonly code = 'ERR_SYSTEM_CALL';
  /** The system call, such as `socket` or `setns`. */
  readonly syscall: string;
  /** The positive error number. */
  readonly errno: number;
  /** Name of the error number, such as `EPERM`. */
  readonly errnoName: string;

  constructor(syscall: string, errno: number, object = '', hint?: string) {
    const name = errnoName(errno);
    super(`${syscall}${object === '' ? '' : ` ${object}`} failed: ${name}`, { hint });
    this.name = 'SystemCallError';
    this.syscall = syscall;
    this.errno = errno;
    this.errnoName = name;
  }
}

/** The request that an error is about. */
export interface RequestName {
  /** The command, such as `NEW_SERVICE`. */
  readonly command: string;
  /** The object of the request, such as `service tcp 10.0.0.1:80`; empty for none in particular. */
  readonly object: string;
}

function nameOf({ command, object }: RequestName): string {
  return object === '' ? command : `${command} of ${object}`;
}

/** An error that names its request. */
abstract class RequestError extends IpvsNetlinkError implements RequestName {
  readonly command: string;
  readonly object: string;

  constructor({ command, object }: RequestName, ...message: ConstructorParameters<typeof IpvsNetlinkError>) {
    super(...message);
    this.command = command;
    this.object = object;
  }
}

/** The parts of a {@link KernelError}. */
export interface Refusal extends RequestName {
  /** The error number, positive. */
  readonly errno: number;
  /** Description of the problem, if the meaning of the errno is known. */
  readonly problem?: string | undefined;
  /** The kernel's message (NLMSGERR_ATTR_MSG). */
  readonly kernelMessage?: string | undefined;
  /** Path of the offending or missing attribute that the kernel reports, such as `service.scheduler`. */
  readonly attribute?: string | undefined;
  /** Suggested remedy. */
  readonly hint?: string | undefined;
}

/** The kernel refused a request; the request changed nothing. */
export class KernelError extends RequestError {
  readonly code = 'ERR_KERNEL_REFUSED';
  /** The positive error number. */
  readonly errno: number;
  /** Name of the error number, such as `EPERM`. */
  readonly errnoName: string;
  /** The kernel's message from the extended ack, if there is one. */
  readonly kernelMessage: string | undefined;
  /** Path of the offending or missing attribute that the kernel reports, such as `service.timeout`. */
  readonly attribute: string | undefined;

  constructor(refusal: Refusal) {
    const { command, errno, problem, kernelMessage, attribute, hint } = refusal;
    const name = errnoName(errno);
    let text =
      problem === undefined ? `${nameOf(refusal)} was refused: ${name}` : `${problem} (${command}: ${name})`;
    if (kernelMessage !== undefined) text += ` (${kernelMessage})`;
    if (attribute !== undefined) text += `, at ${attribute}`;
    super(refusal, text, { hint });
    this.name = 'KernelError';
    this.errno = errno;
    this.errnoName = name;
    this.kernelMessage = kernelMessage;
    this.attribute = attribute;
  }
}

/** Every attempt at a dump was interrupted (NLM_F_DUMP_INTR): the dumped objects changed meanwhile. */
export class DumpInterruptedError<Data = unknown> extends IpvsNetlinkError {
  readonly code = 'ERR_DUMP_INTERRUPTED';
  /** The data of the last attempt; objects may be missing or repeated. */
  readonly data: Data;
  /** Number of attempts at the dump. */
  readonly attempts: number;

  constructor(command: string, data: Data, attempts: number) {
    super(`${command}: the dumped objects changed during each of ${attempts} dumps`);
    this.name = 'DumpInterruptedError';
    this.data = data;
    this.attempts = attempts;
  }
}

/**
 * Some objects of a dump are malformed and could not be decoded, such as a link with a truncated nest. The
 * others are in `data`.
 */
export class MalformedReplyError<Data = unknown> extends IpvsNetlinkError {
  readonly code = 'ERR_MALFORMED_REPLY';
  /** Name of the request, such as `GET_SERVICE`. */
  readonly command: string;
  /** The well-formed objects, in the kernel's order; of a streamed dump those that were not yet delivered. */
  readonly data: Data;
  /** Number of objects that could not be decoded. */
  readonly count: number;
  /** The errors of the first 100 of them; offsets are from the start of the message. */
  readonly errors: readonly DecodeError[];

  constructor(command: string, data: Data, errors: readonly DecodeError[], count: number) {
    const [first] = errors;
    super(
      `${command}: ${count} of the objects could not be decoded, the others are in data: ${first?.message}`,
      { cause: first },
    );
    this.name = 'MalformedReplyError';
    this.command = command;
    this.data = data;
    this.count = count;
    this.errors = errors;
  }
}

/**
 * Why a reply is missing: `overflow`, the kernel reported that replies were lost (ENOBUFS, NLMSG_OVERRUN);
 * `no-response`, neither a reply nor an ack arrived; `missing`, the ack arrived without the reply.
 */
export type LossReason = 'overflow' | 'no-response' | 'missing';

/**
 * A reply was lost. It is unknown whether the request took effect, unless `reason` is `missing` (it did).
 * Such a request is never repeated automatically.
 */
export class ReplyLostError extends RequestError {
  readonly code = 'ERR_REPLY_LOST';
  /** Why the reply is missing. */
  readonly reason: LossReason;

  /**
   * `unmatched` is the number of replies with unknown sequence numbers that were dropped since the request was
   * sent.
   */
  constructor(request: RequestName, reason: LossReason, unmatched = 0) {
    super(request, `${nameOf(request)}: ${LOSSES[reason]}`, { hint: lossHint(reason, unmatched) });
    this.name = 'ReplyLostError';
    this.reason = reason;
  }
}

const LOSSES: Readonly<Record<LossReason, string>> = {
  overflow: 'replies were lost, the outcome is unknown',
  'no-response': 'neither a reply nor an ack came, the outcome is unknown',
  missing: 'it was acknowledged, but its reply did not come',
};

function lossHint(reason: LossReason, unmatched: number): string | undefined {
  if (reason === 'no-response')
    return 'for a protocol that never acknowledges (NETLINK_CONNECTOR) set `acknowledged: false`';
  return reason === 'missing' && unmatched > 0
    ? `${unmatched} replies with unknown sequence numbers were dropped meanwhile: some families use numbers of their own`
    : undefined;
}

/** No reply arrived before the deadline; it is unknown whether the request took effect. */
export class DeadlineError extends RequestError {
  readonly code = 'ERR_DEADLINE';

  constructor(request: RequestName, milliseconds: number) {
    super(request, `${nameOf(request)}: no reply within ${milliseconds} ms`);
    this.name = 'DeadlineError';
  }
}

/** A datagram did not fit into the buffer of the read, or a message exceeds its datagram. */
export class TruncatedError extends IpvsNetlinkError {
  readonly code = 'ERR_TRUNCATED';

  constructor(message: string, hint?: string) {
    super(message, { hint });
    this.name = 'TruncatedError';
  }
}

/** The client or connection was closed, before or during the request. */
export class ClosedError extends IpvsNetlinkError {
  readonly code = 'ERR_CLOSED';

  constructor(what: string) {
    super(`${what} is closed`);
    this.name = 'ClosedError';
  }
}

/** The kernel has no such generic netlink family; usually a module is not loaded. */
export class FamilyNotFoundError extends IpvsNetlinkError {
  readonly code = 'ERR_FAMILY_NOT_FOUND';
  /** Name of the family. */
  readonly family: string;

  constructor(family: string, hint?: string) {
    super(`the kernel has no generic netlink family ${family}`, { hint });
    this.name = 'FamilyNotFoundError';
    this.family = family;
  }
}

/** The kernel does not support the request. */
export class UnsupportedError extends IpvsNetlinkError {
  readonly code = 'ERR_UNSUPPORTED';

  constructor(message: string) {
    super(message);
    this.name = 'UnsupportedError';
  }
}

/** The request was never sent, and so changed nothing; `cause` is the error that prevented it. */
export class NotSentError extends RequestError {
  readonly code = 'ERR_NOT_SENT';

  constructor(request: RequestName, cause: Error) {
    super(request, `${nameOf(request)} was not sent: ${cause.message}`, { cause });
    this.name = 'NotSentError';
  }
}
