export * from './address.ts';
export * from './assembler.ts';
export * from './attributes.ts';
export * from './constants.ts';
export * from './counters.ts';
export * from './daemons.ts';
export { decodeDestination } from './decode-destination.ts';
export {
  copyServiceKey,
  decodeService,
  decodeServiceDestinations,
  decodeServiceWithDestinations,
  leadingKeyLength,
  type WholeService,
} from './decode-service.ts';
export * from './encode.ts';
export * from './keys.ts';
export * from './names.ts';
export * from './types.ts';
