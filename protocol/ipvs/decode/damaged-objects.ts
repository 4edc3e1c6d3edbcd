import { DecodeError } from '../../netlink/index.ts';

/**
 * Objects of one message that could not be decoded; the others of the message were. Its message is that of
 * the first error.
 */
export class DamagedObjectsError extends DecodeError {
  /** One for each object. */
  readonly errors: readonly DecodeError[];

  constructor(errors: readonly DecodeError[]) {
    const { problem, offset, path } = errors[0]!;
    super(problem, offset, path);
    this.errors = errors;
  }

  override relativeTo(start: number): DamagedObjectsError {
    return new DamagedObjectsError(this.errors.map((error) => error.relativeTo(start)));
  }
}
