import { constants } from 'node:os';
import type { DecodeError } from '../../protocol/netlink/index.ts';

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number as number, name]));
// Linux has two names for 95 and 11; these are the ones that manual pages and the kernel use.
NAMES.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP');
NAMES.set(constants.errno.EAGAIN, 'EAGAIN');

/** The name of a positive error number, such as `ENOENT`; `errno 524` where it has none. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`;
}

/** A system call failed; nothing is known of what the kernel made of a request. */
export class SystemCallError extends Error {
  readonly code = 'ERR_SYSTEM_CALL';
  /** The system call, such as `socket` or `setns`. */
  readonly syscall: string;
  /** The positive error number. */
  readonly errno: number;
  readonly errnoName: string;
  /** What the user can do about it, where that is known. */
  readonly hint: string | undefined;

  constructor(syscall: string, errno: number, about = '', hint?: string) {
    const name = errnoName(errno);
    super(
      `${syscall}${about === '' ? '' : ` ${about}`} failed: ${name}${hint === undefined ? '' : `; ${hint}`}`,
    );
    this.name = 'SystemCallError';
    this.syscall = syscall;
    this.errno = errno;
    this.errnoName = name;
    this.hint = hint;
  }
}

/** What a {@link KernelError} is made of. */
export interface Refusal {
  readonly command: string;
  readonly object: string;
  readonly errno: number;
  readonly kernelMessage?: string | undefined;
  readonly attribute?: string | undefined;
  readonly hint?: string | undefined;
}

/** The kernel answered a request with an error; the request changed nothing. */
export class KernelError extends Error {
  readonly code = 'ERR_KERNEL_REFUSED';
  /** The command that was refused, such as `NEW_SERVICE`. */
  readonly command: string;
  /** What it was about, such as `service tcp 10.0.0.1:80`; empty where nothing in particular. */
  readonly object: string;
  /** The positive error number. */
  readonly errno: number;
  readonly errnoName: string;
  /** The kernel's own words (extended ack), where it gave any. */
  readonly kernelMessage: string | undefined;
  /** The attribute that the kernel points at, such as `service.timeout`. */
  readonly attribute: string | undefined;
  /** What the user can do about it, where that is known. */
  readonly hint: string | undefined;

  constructor(refusal: Refusal) {
    const { command, object, errno, kernelMessage, attribute, hint } = refusal;
    const name = errnoName(errno);
    let text = `${command}${object === '' ? '' : ` of ${object}`} was refused: ${name}`;
    if (kernelMessage !== undefined) text += ` (${kernelMessage})`;
    if (attribute !== undefined) text += `, at ${attribute}`;
    if (hint !== undefined) text += `; ${hint}`;
    super(text);
    this.name = 'KernelError';
    this.command = command;
    this.object = object;
    this.errno = errno;
    this.errnoName = name;
    this.kernelMessage = kernelMessage;
    this.attribute = attribute;
    this.hint = hint;
  }
}

/** Every attempt at a dump was marked NLM_F_DUMP_INTR: the table changed while it was read. */
export class DumpInterruptedError<Data = unknown> extends Error {
  readonly code = 'ERR_DUMP_INTERRUPTED';
  /** What the last attempt gave; it may lack or repeat objects. */
  readonly data: Data;
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
export class MalformedReplyError<Data = unknown> extends Error {
  readonly code = 'ERR_MALFORMED_REPLY';
  readonly command: string;
  /** The other objects, in the kernel's order; of a streamed dump those that were not yet handed over. */
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
 * Replies were lost (ENOBUFS, NLMSG_OVERRUN): whether the request took effect is not known. It is
 * never repeated by itself.
 */
export class ReplyLostError extends Error {
  readonly code = 'ERR_REPLY_LOST';
  readonly command: string;
  readonly object: string;

  constructor(command: string, object: string) {
    super(`${command}${object === '' ? '' : ` of ${object}`}: its reply was lost, the outcome is unknown`);
    this.name = 'ReplyLostError';
    this.command = command;
    this.object = object;
  }
}

/** No reply arrived before the deadline; whether the request took effect is not known. */
export class DeadlineError extends Error {
  readonly code = 'ERR_DEADLINE';
  readonly command: string;
  readonly object: string;

  constructor(command: string, object: string, milliseconds: number) {
    super(`${command}${object === '' ? '' : ` of ${object}`}: no reply within ${milliseconds} ms`);
    this.name = 'DeadlineError';
    this.command = command;
    this.object = object;
  }
}

/** A datagram did not fit the receive buffer: what follows on this socket cannot be trusted. */
export class TruncatedError extends Error {
  readonly code = 'ERR_TRUNCATED';

  constructor(message: string) {
    super(message);
    this.name = 'TruncatedError';
  }
}

/** The client was closed, before or during the request. */
export class ClosedError extends Error {
  readonly code = 'ERR_CLOSED';

  constructor(what: string) {
    super(`${what} is closed`);
    this.name = 'ClosedError';
  }
}

/** The kernel has no such generic netlink family: a module is missing. */
export class FamilyNotFoundError extends Error {
  readonly code = 'ERR_FAMILY_NOT_FOUND';
  readonly family: string;

  constructor(family: string, hint?: string) {
    super(`the kernel has no generic netlink family ${family}${hint === undefined ? '' : `; ${hint}`}`);
    this.name = 'FamilyNotFoundError';
    this.family = family;
  }
}

/** A dump was asked for while another one runs on the same socket: there can be only one at a time. */
export class DumpRunningError extends Error {
  readonly code = 'ERR_DUMP_RUNNING';
  readonly command: string;

  constructor(command: string) {
    super(`${command}: another dump runs on this connection; finish it, or open another connection`);
    this.name = 'DumpRunningError';
    this.command = command;
  }
}

/** The kernel lacks what was asked for. */
export class UnsupportedError extends Error {
  readonly code = 'ERR_UNSUPPORTED';

  constructor(message: string) {
    super(message);
    this.name = 'UnsupportedError';
  }
}

/** The request was never sent, and so changed nothing; `cause` says what came before it. */
export class NotSentError extends Error {
  readonly code = 'ERR_NOT_SENT';
  readonly command: string;
  readonly object: string;

  constructor(command: string, object: string, cause: Error) {
    super(`${command}${object === '' ? '' : ` of ${object}`} was not sent: ${cause.message}`, { cause });
    this.name = 'NotSentError';
    this.command = command;
    this.object = object;
  }
}
