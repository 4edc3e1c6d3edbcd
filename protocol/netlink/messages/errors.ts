import { printable, printableJson } from '../text/printable.ts';

/**
 * The base class of every error of this package: an Error with a stable `code` and sometimes a `hint`.
 * Unprintable characters in names, files and the kernel's messages are escaped in its message.
 */
export abstract class IpvsNetlinkError extends Error {
  /** Stable identifier of the kind of error, such as `ERR_KERNEL_REFUSED`. */
  abstract readonly code: string;
  /** Suggested remedy, if one is known; the message ends with it. */
  readonly hint: string | undefined;

  /** `message` is one line, or a list of lines. */
  constructor(
    message: string | readonly string[],
    options: { readonly hint?: string | undefined; readonly cause?: unknown } = {},
  ) {
    const { cause } = options;
    const hint = options.hint === undefined ? undefined : printable(options.hint);
    const text = typeof message === 'string' ? printable(message) : message.map(printable).join('\n');
    super(hint === undefined ? text : `${text}; ${hint}`, cause === undefined ? {} : { cause });
    this.hint = hint;
  }
}

/**
 * A message that does not follow the protocol.
 *
 * `offset` counts bytes from the start of the buffer or message that was decoded; `path` names the attribute,
 * such as `service.timeout`, and is empty if the fault is not in an attribute.
 */
export class DecodeError extends IpvsNetlinkError {
  readonly code = 'ERR_NETLINK_DECODE';
  /** The problem, without the path, such as `is missing`. */
  readonly problem: string;
  /** Offset of the fault in the buffer or message, in bytes. */
  readonly offset: number;
  /** Path of the attribute, such as `service.stats64`; empty if unknown. */
  readonly path: string;

  constructor(problem: string, offset: number, path = '') {
    super(`${path === '' ? '' : `${path}: `}${problem} (at byte ${offset})`);
    this.name = 'DecodeError';
    this.problem = problem;
    this.offset = offset;
    this.path = path;
  }

  /** Returns the same error with its offset counted from `start`. */
  relativeTo(start: number): DecodeError {
    return new DecodeError(this.problem, this.offset - start, this.path);
  }
}

/** A value given by the caller is invalid; nothing has been sent. */
export class FieldError extends IpvsNetlinkError {
  readonly code = 'ERR_INVALID_FIELD';
  /** The field, such as `service.port` or `destination.weight`. */
  readonly field: string;
  /** The invalid value. */
  readonly value: unknown;
  /** The problem, without the field's name. */
  readonly problem: string;

  constructor(field: string, value: unknown, rule: string) {
    const problem = `${rule}, but is ${describe(value)}`;
    super(`${field} ${problem}`);
    this.name = 'FieldError';
    this.field = field;
    this.value = value;
    this.problem = problem;
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return printableJson(JSON.stringify(shortened(value)));
  if (typeof value === 'bigint') return shortened(`${value}n`);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

function shortened(text: string): string {
  return text.length > 64 ? `${text.slice(0, 61)}...` : text;
}
