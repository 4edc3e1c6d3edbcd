export * from './acks.ts';
export * from './attributes/attribute-codec.ts';
export type {
  AttributeSets,
  AttributeSpec,
  AttributeValues,
  UnknownAttribute,
} from './attributes/attribute-sets.ts';
export * from './attributes/attribute-walk.ts';
export * from './attributes/attributes-of-type.ts';
export type { Bitfield32, MaskedFlags, ValueKind, ValueTypes } from './attributes/value-kinds.ts';
export { minimumLength } from './attributes/value-kinds.ts';
export * from './messages/byte-view.ts';
export * from './messages/constants.ts';
export * from './messages/done-filter.ts';
export * from './messages/errors.ts';
export * from './messages/messages.ts';
export * from './messages/writer.ts';
export * from './text/address-text.ts';
export { readString, textBytes } from './text/text-bytes.ts';
