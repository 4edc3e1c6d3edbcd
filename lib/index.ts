export {
  type AddressServiceKey,
  type CompletePersistence,
  type CounterName,
  Counters,
  type CounterValues,
  counterNames,
  type Daemon,
  type DaemonRole,
  type DesiredDestination,
  type Destination,
  type DestinationChanges,
  type DestinationDefinition,
  type DestinationKey,
  type DestinationSettings,
  type DestinationUpdate,
  destinationKeyText,
  type Family,
  type ForwardingMethod,
  type Info,
  type MarkServiceKey,
  type Persistence,
  type Protocol,
  type ReportedPersistence,
  type SchedulerFlag,
  type Service,
  type ServiceChanges,
  type ServiceDefinition,
  type ServiceKey,
  type ServiceSettings,
  type ServiceUpdate,
  type ServiceWithDestinations,
  type ServiceWithDestinationsDefinition,
  serviceKeyText,
  type Timeouts,
  type Tunnel,
  type TunnelChecksum,
  type TunnelType,
} from '../protocol/ipvs/index.ts';
export { DecodeError, FieldError, IpvsNetlinkError } from '../protocol/netlink/index.ts';
export {
  BatchInputError,
  type BatchOperation,
  type InvalidOperation,
  operationText,
} from './ipvs/batch-operations.ts';
export { Ipvs } from './ipvs/client/client.ts';
export { IpvsSync } from './ipvs/client/client-sync.ts';
export type { OpenOptions } from './ipvs/client/open.ts';
export * from './ipvs/desired-file/index.ts';
export type { DrainConnections, DrainOptions, DrainResult, DrainWarning } from './ipvs/drain.ts';
export type {
  Dump,
  DumpCost,
  DumpEnded,
  DumpOptions,
  DumpStrategy,
  RecordDump,
  RecordDumpOptions,
} from './ipvs/dump.ts';
export { alreadyExists, isNotFound } from './ipvs/explanations.ts';
export * from './ipvs/keepalived/index.ts';
export type { IpvsMethods, Returned, Stream } from './ipvs/methods.ts';
export * from './ipvs/plan/index.ts';
export * from './ipvs/proc/index.ts';
export * from './ipvs/reconcile/index.ts';
export * from './ipvs/watch/index.ts';
export type { RequestOptions } from './netlink/connection/lifetime.ts';
export type { RequestEnded } from './netlink/connection/queue/task.ts';
export * from './netlink/errors.ts';
export type { Outcome } from './netlink/request/outcome.ts';
export type { Transport } from './netlink/socket/transport.ts';
