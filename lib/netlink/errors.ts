import { type DecodeError, NetlinkError } from '../../protocol/netlink/index.ts';
import { errnoName } from '../text/errno-name.ts';

export { errnoName };

/** A system call failed; whether the kernel carried out a request is unknown. */
export class SystemCallError extends NetlinkError {
  readonly code = 'ERR_SYSTEM_CALL';
  /** The system call, such as `socket` or `setns`. */
  readonly syscall: string;
  /** The positive error number. */
  readonly errno: number;
  /** Name of the error number, such as `EPERM`. */
  readonly errnoName: string;

  constructor(syscall: string, errno: number, about = '', hint?: string) {
    const name = errnoName(errno);
    super(`${syscall}${about === '' ? '' : ` ${about}`} failed: ${name}`, { hint });
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

/** The parts of a {@link KernelError}. */
export interface Refusal extends RequestName {
  /** The error number, positive. */
  readonly errno: number;
  /** The problem in plain words, where it is known. */
  readonly problem?: string | undefined;
  /** The kernel's own words (NLMSGERR_ATTR_MSG). */
  readonly kernelMessage?: string | undefined;
  /** Path of the attribute that the kernel points at, such as `service.scheduler`. */
  readonly attribute?: string | undefined;
  /** What can be done about it. */
  readonly hint?: string | undefined;
}

/** The kernel answered a request with an error; the request changed nothing. */
export class KernelError extends NetlinkError implements RequestName {
  readonly code = 'ERR_KERNEL_REFUSED';
  readonly command: string;
  readonly object: string;
  /** The positive error number. */
  readonly errno: number;
  /** Name of the error number, such as `EPERM`. */
  readonly errnoName: string;
  /** The kernel's own words (extended ack), where it gave any. */
  readonly kernelMessage: string | undefined;
  /** The attribute that the kernel points at, such as `service.timeout`. */
  readonly attribute: string | undefined;

  constructor(refusal: Refusal) {
    const { command, object, errno, problem, kernelMessage, attribute, hint } = refusal;
    const name = errnoName(errno);
    let text =
      problem === undefined ? `${nameOf(refusal)} was refused: ${name}` : `${problem} (${command}: ${name})`;
    if (kernelMessage !== undefined) text += ` (${kernelMessage})`;
    if (attribute !== undefined) text += `, at ${attribute}`;
    super(text, { hint });
    this.name = 'KernelError';
    this.command = command;
    this.object = object;
    this.errno = errno;
    this.errnoName = name;
    this.kernelMessage = kernelMessage;
    this.attribute = attribute;
  }
}

/** Every attempt at a dump was marked NLM_F_DUMP_INTR: the table changed while it was read. */
export class DumpInterruptedError<Data = unknown> extends NetlinkError {
  readonly code = 'ERR_DUMP_INTERRUPTED';
  /** The data of the last attempt; objects may be missing or repeated. */
  readonly data: Data;
  /** How often the dump was read. */
  readonly attempts: number;

  constructor(command: string, data: Data, attempts: number) {
    super(`${command}: the table changed during each of ${attempts} dumps`);
    this.name = 'DumpInterruptedError';
    this.data = data;
    this.attempts = attempts;
  }
}

/**
 * Some objects of a dump could not be decoded, such as a link one of whose nests is damaged. The others
 * are whole and in `data`.
 */
export class MalformedReplyError<Data = unknown> extends NetlinkError {
  readonly code = 'ERR_MALFORMED_REPLY';
  /** Name of the request, such as `GET_SERVICE`. */
  readonly command: string;
  /** The other objects, in the kernel's order; of a streamed dump those that were not yet delivered. */
  readonly data: Data;
  /** How many objects could not be decoded. */
  readonly count: number;
  /** What is wrong with them, at most 100; offsets are from the start of the message. */
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
 * Why a reply is missing: `overflow`, the kernel said that it lost replies (ENOBUFS, NLMSG_OVERRUN);
 * `silence`, neither reply nor ack came; `missing`, an ack came without its reply.
 */
export type LossReason = 'overflow' | 'silence' | 'missing';

/**
 * A reply did not come: whether the request took effect is not known, unless `reason` is `missing`
 * (it did). It is never repeated by itself.
 */
export class ReplyLostError extends NetlinkError implements RequestName {
  readonly code = 'ERR_REPLY_LOST';
  readonly command: string;
  readonly object: string;
  /** Why the reply is missing. */
  readonly reason: LossReason;

  /** `stale`: how many replies with unknown sequence numbers were dropped meanwhile. */
  constructor(request: RequestName, reason: LossReason, stale = 0) {
    super(`${nameOf(request)}: ${LOSSES[reason]}`, { hint: lossHint(reason, stale) });
    this.name = 'ReplyLostError';
    this.command = request.command;
    this.object = request.object;
    this.reason = reason;
  }
}

const LOSSES: Readonly<Record<LossReason, string>> = {
  overflow: 'replies were lost, the outcome is unknown',
  silence: 'neither a reply nor an ack came, the outcome is unknown',
  missing: 'it was acknowledged, but its reply did not come',
};

function lossHint(reason: LossReason, stale: number): string | undefined {
  if (reason === 'silence')
    return 'for a protocol that never acknowledges (NETLINK_CONNECTOR) say `acknowledged: false`';
  return reason === 'missing' && stale > 0
    ? `${stale} replies with unknown sequence numbers were dropped meanwhile: some families use numbers of their own`
    : undefined;
}

/** No reply arrived before the deadline; whether the request took effect is not known. */
export class DeadlineError extends NetlinkError implements RequestName {
  readonly code = 'ERR_DEADLINE';
  readonly command: string;
  readonly object: string;

  constructor(request: RequestName, milliseconds: number) {
    super(`${nameOf(request)}: no reply within ${milliseconds} ms`);
    this.name = 'DeadlineError';
    this.command = request.command;
    this.object = request.object;
  }
}

/** A datagram did not fit the receive buffer, or a message its datagram. */
export class TruncatedError extends NetlinkError {
  readonly code = 'ERR_TRUNCATED';

  constructor(message: string, hint?: string) {
    super(message, { hint });
    this.name = 'TruncatedError';
  }
}

/** The client was closed, before or during the request. */
export class ClosedError extends NetlinkError {
  readonly code = 'ERR_CLOSED';

  constructor(what: string) {
    super(`${what} is closed`);
    this.name = 'ClosedError';
  }
}

/** The kernel has no such generic netlink family: a module is missing. */
export class FamilyNotFoundError extends NetlinkError {
  readonly code = 'ERR_FAMILY_NOT_FOUND';
  /** Name of the family that the kernel does not have. */
  readonly family: string;

  constructor(family: string, hint?: string) {
    super(`the kernel has no generic netlink family ${family}`, { hint });
    this.name = 'FamilyNotFoundError';
    this.family = family;
  }
}

/** The kernel does not support the request. */
export class UnsupportedError extends NetlinkError {
  readonly code = 'ERR_UNSUPPORTED';

  constructor(message: string) {
    super(message);
    this.name = 'UnsupportedError';
  }
}

/** The request was never sent, and so changed nothing; `cause` is the reason. */
export class NotSentError extends NetlinkError implements RequestName {
  readonly code = 'ERR_NOT_SENT';
  readonly command: string;
  readonly object: string;

  constructor(request: RequestName, cause: Error) {
    super(`${nameOf(request)} was not sent: ${cause.message}`, { cause });
    this.name = 'NotSentError';
    this.command = request.command;
    this.object = request.object;
  }
}
