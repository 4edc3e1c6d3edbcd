export * from './address.ts';
export * from './assembler.ts';
export * from './attributes.ts';
export * from './constants.ts';
export * from './counters.ts';
export * from './daemons.ts';
export * from './decode.ts';
export type { GrowingService } from './decoded-objects.ts';
export * from './encode.ts';
export * from './keys.ts';
export * from './names.ts';
export {
  type DestinationView,
  RecordCursor,
  ServiceRecords,
  type ServiceView,
} from './records/service-records.ts';
export * from './types.ts';
