import { MalformedObjectsError } from '../../../protocol/ipvs/index.ts';
import { DecodeError, type Message } from '../../../protocol/netlink/index.ts';
import { MalformedReplyError } from '../../netlink/errors.ts';

/** How many errors are held at most; the others are counted. */
const MAXIMUM_ERRORS = 100;

/** The objects of a request that could not be decoded. */
export class DamagedObjects {
  /** The errors, at most 100. */
  readonly errors: DecodeError[] = [];
  /** How many objects could not be decoded. */
  count = 0;

  /** Adds an error at a message; throws one that is about no object. */
  add(error: unknown, message: Message): void {
    if (!(error instanceof DecodeError)) throw error;
    for (const one of error instanceof MalformedObjectsError ? error.errors : [error]) {
      this.count++;
      if (this.errors.length < MAXIMUM_ERRORS) this.errors.push(one.relativeTo(message.offset));
    }
  }
}

/** The objects of a dump that could not be decoded, over all requests that it takes. */
export class Damage {
  readonly #objects = new Map<object, DamagedObjects>();

  /** Sets the damaged objects of a request, replacing those of its last try. */
  set(request: object, objects: DamagedObjects | undefined): void {
    if (objects === undefined) this.#objects.delete(request);
    else this.#objects.set(request, objects);
  }

  /**
   * Throws a {@link MalformedReplyError} that holds `data`, the undamaged objects, where any object is
   * damaged.
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
