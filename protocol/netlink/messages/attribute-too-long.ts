import { MAX_ATTRIBUTE_LENGTH } from './constants.ts';
import { FieldError } from './errors.ts';

/** What is wrong with an attribute of `length` bytes, header included. */
export function attributeTooLong(path: string, length: number): FieldError {
  return new FieldError(path, `${length} bytes`, `must fit ${MAX_ATTRIBUTE_LENGTH} bytes, header included`);
}
