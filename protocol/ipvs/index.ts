export * from './decode/assembler.ts';
export * from './decode/daemon.ts';
export type { DumpDecoder } from './decode/dump-decoder.ts';
export type * from './decode/info.ts';
export { MalformedObjectsError } from './decode/malformed-objects.ts';
export * from './decode/object-decoder.ts';
export { type DestinationView, RecordCursor, type ServiceView } from './decode/record-cursor.ts';
export { ServiceRecords } from './decode/service-records.ts';
export * from './encode/daemon.ts';
export * from './encode/destination.ts';
export * from './encode/service.ts';
export * from './encode/updates.ts';
export type { CommandValues, DaemonValues, DestinationValues, ServiceValues } from './encode/values.ts';
export * from './fields/address.ts';
export { ipvsAttributes, ipvsCodec } from './fields/attributes.ts';
export * from './fields/constants.ts';
export * from './fields/counters.ts';
export { type Daemon, daemonFields } from './fields/daemon.ts';
export {
  type DesiredDestination,
  type Destination,
  type DestinationChanges,
  type DestinationDefinition,
  type DestinationKey,
  type DestinationSettings,
  type DestinationUpdate,
  destinationFields,
  type Tunnel,
  tunnelFields,
} from './fields/destination.ts';
export * from './fields/field.ts';
export * from './fields/keys.ts';
export * from './fields/names.ts';
export {
  type CompletePersistence,
  type Persistence,
  persistenceFields,
  type ReportedPersistence,
} from './fields/persistence.ts';
export {
  type AddressServiceKey,
  type MarkServiceKey,
  type Service,
  type ServiceChanges,
  type ServiceDefinition,
  type ServiceKey,
  type ServiceSettings,
  type ServiceUpdate,
  type ServiceWithDestinations,
  type ServiceWithDestinationsDefinition,
  serviceFields,
} from './fields/service.ts';
export { type Timeouts, timeoutFields } from './fields/timeouts.ts';
