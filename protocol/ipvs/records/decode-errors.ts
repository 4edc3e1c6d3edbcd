import { ATTRIBUTE_HEADER_LENGTH, DecodeError } from '../../netlink/index.ts';

/** An attribute whose length is below that of its header, or above what remains. */
export function unfitting(length: number, at: number, end: number, set: string): DecodeError {
  return new DecodeError(`an attribute length of ${length} does not fit ${end - at} bytes`, at, set);
}

/** Bytes are left that are too few for an attribute's header. */
export function cutOff(at: number, set: string): DecodeError {
  return new DecodeError('the attribute header is cut off', at, set);
}

/** An attribute that has fewer bytes than its value. */
export function tooShort(set: string, name: string | undefined, at: number, length: number): DecodeError {
  const value = length - ATTRIBUTE_HEADER_LENGTH;
  return new DecodeError(
    `${value} bytes are too few for the value`,
    at + ATTRIBUTE_HEADER_LENGTH,
    `${set}.${name}`,
  );
}
