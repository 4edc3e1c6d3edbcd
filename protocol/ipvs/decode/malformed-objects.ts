import { DecodeError } from '../../netlink/index.ts';

/**
 * Some services or destinations of a message are malformed; the others have been decoded. The error's message is
 * that of the first of its `errors`.
 */
export class MalformedObjectsError extends DecodeError {
  /** One error for each malformed service or destination. */
  readonly errors: readonly DecodeError[];

  constructor(errors: readonly DecodeError[]) {
    const { problem, offset, path } = errors[0]!;
    super(problem, offset, path);
    this.errors = errors;
  }

  override relativeTo(start: number): MalformedObjectsError {
    return new MalformedObjectsError(this.errors.map((error) => error.relativeTo(start)));
  }
}
