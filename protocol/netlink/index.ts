export * from './acks.ts';
export * from './address-text.ts';
export type {
  AttributeSets,
  AttributeSpec,
  AttributeValues,
  UnknownAttribute,
} from './attribute-table.ts';
export * from './attribute-walk.ts';
export * from './attributes.ts';
export * from './byte-view.ts';
export * from './constants.ts';
export * from './end-filter.ts';
export * from './errors.ts';
export * from './messages.ts';
export * from './nests.ts';
export type { Bitfield32, MaskedFlags, ScalarKind, ScalarValues } from './scalars.ts';
export { minimumLength } from './scalars.ts';
export { readString, textBytes } from './text.ts';
export * from './writer.ts';
