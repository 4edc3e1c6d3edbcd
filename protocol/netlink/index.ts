export * from './acks.ts';
export * from './attribute-layout.ts';
export * from './attributes.ts';
export * from './byte-view.ts';
export * from './constants.ts';
export * from './errors.ts';
export * from './messages.ts';
export * from './writer.ts';
