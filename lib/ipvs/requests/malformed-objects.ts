import { MalformedObjectsError } from '../../../protocol/ipvs/index.ts';
import { DecodeError, type Message } from '../../../protocol/netlink/index.ts';
import { MalformedReplyError } from '../../netlink/errors.ts';

/** Maximum number of errors that are stored; all are counted. */
const MAXIMUM_ERRORS = 100;

/** The decode errors of the malformed services, destinations and daemons in the replies to a request. */
export class MalformedObjects {
  /** The first 100 errors. */
  readonly errors: DecodeError[] = [];
  /** Number of errors: one for each malformed object, or for a message that cannot be decoded. */
  count = 0;

  /** Adds the error of a message; rethrows anything but a DecodeError. */
  add(error: unknown, message: Message): void {
    if (!(error instanceof DecodeError)) throw error;
    for (const decodeError of error instanceof MalformedObjectsError ? error.errors : [error]) {
      this.count++;
      if (this.errors.length < MAXIMUM_ERRORS) this.errors.push(decodeError.relativeTo(message.offset));
    }
  }
}

/** The malformed objects in the replies to all requests of an operation. */
export class MalformedReplies {
  readonly #objects = new Map<object, MalformedObjects>();

  /** Sets the malformed objects of a request; replaces those of its previous attempt. */
  set(request: object, objects: MalformedObjects | undefined): void {
    if (objects === undefined) this.#objects.delete(request);
    else this.#objects.set(request, objects);
  }

  /**
   * Throws a {@link MalformedReplyError} with `data`, the well-formed objects, if there are malformed ones.
   */
  throwIfAny(command: string, data: unknown): void {
    const errors: DecodeError[] = [];
    let count = 0;
    for (const objects of this.#objects.values()) {
      errors.push(...objects.errors);
      count += objects.count;
    }
    if (count > 0) throw new MalformedReplyError(command, data, errors.slice(0, MAXIMUM_ERRORS), count);
  }
}
