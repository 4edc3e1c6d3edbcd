import { ATTRIBUTE_HEADER_LENGTH } from '../messages/constants.ts';
import { DecodeError } from '../messages/errors.ts';

/**
 * Returns the error for an attribute whose length is less than its header's, or exceeds the remaining
 * bytes.
 */
export function invalidLength(length: number, at: number, end: number, path: string): DecodeError {
  return new DecodeError(`an attribute length of ${length} is not between 4 and ${end - at}`, at, path);
}

/** Returns the error for trailing bytes, too few for an attribute's header. */
export function truncatedHeader(at: number, path: string): DecodeError {
  return new DecodeError('the attribute header is truncated', at, path);
}

/** Returns the error for an attribute that is too short for its value. */
export function tooShort(set: string, name: string | undefined, at: number, length: number): DecodeError {
  const value = length - ATTRIBUTE_HEADER_LENGTH;
  return new DecodeError(
    `${value} bytes are too few for the value`,
    at + ATTRIBUTE_HEADER_LENGTH,
    `${set}.${name}`,
  );
}
