import type { SysctlName, SysctlValue } from '../../protocol/ipvs/fields/sysctls.ts';
import {
  type Daemon,
  type DestinationDefinition,
  type DestinationKey,
  type DestinationUpdate,
  destinationKeyText,
  type ServiceDefinition,
  type ServiceKey,
  type ServiceUpdate,
  serviceKeyText,
  type Timeouts,
} from '../../protocol/ipvs/index.ts';
import { FieldError, IpvsNetlinkError } from '../../protocol/netlink/index.ts';
import * as requests from './requests/index.ts';
import type { IpvsRequest } from './requests/ipvs-call.ts';

/** A write in a batch; `do` is its type. Updates must name every setting, as a batch reads nothing. */
export type BatchOperation =
  | { readonly do: 'add-service'; readonly service: ServiceDefinition }
  /** Must name every setting, as the kernel resets omitted ones. */
  | { readonly do: 'update-service'; readonly service: ServiceUpdate }
  | { readonly do: 'delete-service'; readonly service: ServiceKey }
  | DestinationWrite<'add-destination', DestinationDefinition>
  /** Must name every setting, too. */
  | DestinationWrite<'update-destination', DestinationUpdate>
  | DestinationWrite<'delete-destination', DestinationKey>
  /** Zeroes the counters of one service and its destinations, or of all. */
  | { readonly do: 'zero'; readonly service?: ServiceKey | undefined }
  /** Removes every service. */
  | { readonly do: 'flush' }
  | { readonly do: 'set-timeouts'; readonly timeouts: Timeouts }
  /** Sets a sysctl `net.ipv4.vs.NAME`; done before the other operations of a batch. */
  | { readonly do: 'set-sysctl'; readonly name: SysctlName; readonly value: SysctlValue }
  | { readonly do: 'start-daemon'; readonly daemon: Daemon }
  | { readonly do: 'stop-daemon'; readonly daemon: Pick<Daemon, 'role' | 'syncId'> };

/** An operation of a batch that writes one destination. */
interface DestinationWrite<Do extends string, Value> {
  /** Type of the operation. */
  readonly do: Do;
  /** Key of the destination's service. */
  readonly service: ServiceKey;
  /** The destination: its key, and the settings that the operation needs. */
  readonly destination: Value;
}

/** An invalid operation of a batch. */
export interface InvalidOperation {
  /** Index in the batch, from 0. */
  readonly index: number;
  /** The invalid operation. */
  readonly operation: BatchOperation;
  /** The error, which names the field. */
  readonly error: FieldError;
}

/** Operations of a batch are invalid; nothing of the batch has been sent. */
export class BatchInputError extends IpvsNetlinkError {
  readonly code = 'ERR_BATCH_INPUT';
  /** Every invalid operation, in order. */
  readonly errors: readonly InvalidOperation[];

  constructor(errors: readonly InvalidOperation[]) {
    const first = errors.slice(0, 5).map(({ index, error }) => `operation ${index}: ${error.message}`);
    const more = errors.length > 5 ? `; and ${errors.length - 5} more` : '';
    super(`nothing was sent: ${first.join('; ')}${more}`);
    this.name = 'BatchInputError';
    this.errors = errors;
  }
}

type OperationNamed<Name> = Extract<BatchOperation, { readonly do: Name }>;

/** The requests of the operations; `set-sysctl` has none. */
const requestsOf: {
  readonly [Name in BatchOperation['do']]?: (operation: OperationNamed<Name>) => IpvsRequest<void>;
} = {
  'add-service': ({ service }) => requests.newService(service),
  'update-service': ({ service }) => requests.setService(service),
  'delete-service': ({ service }) => requests.deleteService(service),
  'add-destination': ({ service, destination }) => requests.newDestination(service, destination),
  'update-destination': ({ service, destination }) => requests.setDestination(service, destination),
  'delete-destination': ({ service, destination }) => requests.deleteDestination(service, destination),
  zero: ({ service }) => requests.zero(service),
  flush: () => requests.flush(),
  'set-timeouts': ({ timeouts }) => requests.setTimeouts(timeouts),
  'start-daemon': ({ daemon }) => requests.newDaemon(daemon),
  'stop-daemon': ({ daemon }) => requests.deleteDaemon(daemon),
};

/** Creates the request of an operation. Throws a {@link FieldError} that names the field. */
export function operationRequest(operation: BatchOperation): IpvsRequest<void> {
  if (typeof operation !== 'object' || operation === null)
    throw new FieldError('operation', operation, 'must be an object');
  const create = Object.hasOwn(requestsOf, operation.do) ? requestsOf[operation.do] : undefined;
  if (create === undefined) throw new FieldError('do', operation.do, 'must name an operation');
  return create(operation as never);
}

/** Returns an operation as text: `add-destination 10.0.0.2:80 of tcp 10.0.0.1:80`. */
export function operationText(operation: BatchOperation): string {
  const words: string[] = [operation.do];
  if ('destination' in operation) words.push(destinationKeyText(operation.destination), 'of');
  if ('service' in operation && operation.service !== undefined)
    words.push(serviceKeyText(operation.service));
  if ('daemon' in operation) words.push(operation.daemon.role);
  if ('name' in operation) words.push(operation.name);
  return words.join(' ');
}

/** Returns the service that an operation changes; undefined for none or all. */
export function serviceOf(operation: BatchOperation): ServiceKey | undefined {
  return 'service' in operation ? operation.service : undefined;
}
