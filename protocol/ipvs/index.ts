export * from './address.ts';
export * from './assembler.ts';
export * from './attributes.ts';
export * from './constants.ts';
export * from './counters.ts';
export * from './daemons.ts';
export { decodeDestination } from './decode-destination.ts';
export {
  decodeService,
  decodeServiceDestinations,
  decodeServiceWithDestinations,
  type WholeService,
} from './decode-service.ts';
export * from './encode.ts';
export * from './keys.ts';
export * from './names.ts';
export * from './service-key.ts';
export * from './types.ts';
