import { HOST_IS_LITTLE_ENDIAN } from '../messages/constants.ts';

/** Bit positions of the length and the type in an attribute's header, read as one 32-bit word. */
export const LENGTH_SHIFT: number = HOST_IS_LITTLE_ENDIAN ? 0 : 16;
export const TYPE_SHIFT: number = HOST_IS_LITTLE_ENDIAN ? 16 : 0;
