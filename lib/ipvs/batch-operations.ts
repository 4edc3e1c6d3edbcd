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
import { FieldError, NetlinkError } from '../../protocol/netlink/index.ts';
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
interface DestinationWrite<Do extends string, Of> {
  /** Type of the operation. */
  readonly do: Do;
  /** Key of the destination's service. */
  readonly service: ServiceKey;
  /** The destination: its key, and the settings that the operation needs. */
  readonly destination: Of;
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
export class BatchInputError extends NetlinkError {
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

/** Creates the request of an operation. Throws a {@link FieldError} that names the field. */
export function operationRequest(operation: BatchOperation): IpvsRequest<void> {
  if (typeof operation !== 'object' || operation === null) {
    throw new FieldError('operation', operation, 'must be an object');
  }
  switch (operation.do) {
    case 'add-service':
      return requests.newService(operation.service);
    case 'update-service':
      return requests.setService(operation.service);
    case 'delete-service':
      return requests.deleteService(operation.service);
    case 'add-destination':
      return requests.newDestination(operation.service, operation.destination);
    case 'update-destination':
      return requests.setDestination(operation.service, operation.destination);
    case 'delete-destination':
      return requests.deleteDestination(operation.service, operation.destination);
    case 'zero':
      return requests.zero(operation.service);
    case 'flush':
      return requests.flush();
    case 'set-timeouts':
      return requests.setTimeouts(operation.timeouts);
    case 'start-daemon':
      return requests.newDaemon(operation.daemon);
    case 'stop-daemon':
      return requests.deleteDaemon(operation.daemon);
    default:
      throw new FieldError('do', (operation as { readonly do?: unknown }).do, 'must name an operation');
  }
}

/** Returns an operation as text: `add-destination 10.0.0.2:80 of tcp 10.0.0.1:80`. */
export function operationText(operation: BatchOperation): string {
  switch (operation.do) {
    case 'add-service':
    case 'update-service':
    case 'delete-service':
      return `${operation.do} ${serviceKeyText(operation.service)}`;
    case 'add-destination':
    case 'update-destination':
    case 'delete-destination':
      return `${operation.do} ${destinationKeyText(operation.destination)} of ${serviceKeyText(operation.service)}`;
    case 'zero':
      return operation.service === undefined ? 'zero' : `zero ${serviceKeyText(operation.service)}`;
    case 'start-daemon':
    case 'stop-daemon':
      return `${operation.do} ${operation.daemon.role}`;
    case 'set-sysctl':
      return `${operation.do} ${operation.name}`;
    default:
      return operation.do;
  }
}

/** Returns the service that an operation changes; undefined for none or all. */
export function serviceOf(operation: BatchOperation): ServiceKey | undefined {
  return 'service' in operation ? operation.service : undefined;
}
