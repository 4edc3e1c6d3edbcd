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

/** A write of a batch; `do` says which. None of them reads first, so an update names every setting. */
export type BatchOperation =
  | { readonly do: 'add-service'; readonly service: ServiceDefinition }
  /** Names every setting, as the kernel resets what is left out. */
  | { readonly do: 'update-service'; readonly service: ServiceUpdate }
  | { readonly do: 'delete-service'; readonly service: ServiceKey }
  | DestinationWrite<'add-destination', DestinationDefinition>
  /** Names every setting, too. */
  | DestinationWrite<'update-destination', DestinationUpdate>
  | DestinationWrite<'delete-destination', DestinationKey>
  /** Zeroes the counters of one service and its destinations, or of everything. */
  | { readonly do: 'zero'; readonly service?: ServiceKey | undefined }
  /** Removes every service. */
  | { readonly do: 'flush' }
  | { readonly do: 'set-timeouts'; readonly timeouts: Timeouts }
  | { readonly do: 'start-daemon'; readonly daemon: Daemon }
  | { readonly do: 'stop-daemon'; readonly daemon: Pick<Daemon, 'role' | 'syncId'> };

/** An operation of a batch that writes one destination. */
interface DestinationWrite<Do extends string, Of> {
  /** What is done with the destination. */
  readonly do: Do;
  /** The service that the destination belongs to. */
  readonly service: ServiceKey;
  /** The destination, with as much of it as the operation writes. */
  readonly destination: Of;
}

/** An operation of a batch that cannot be encoded. */
export interface BatchMistake {
  /** Position in the batch, from 0. */
  readonly index: number;
  /** The operation that is wrong. */
  readonly operation: BatchOperation;
  /** What is wrong with it, and in which field. */
  readonly error: FieldError;
}

/** Operations of a batch cannot be encoded; nothing of the batch has been sent. */
export class BatchInputError extends NetlinkError {
  readonly code = 'ERR_BATCH_INPUT';
  /** Every bad operation, in order. */
  readonly mistakes: readonly BatchMistake[];

  constructor(mistakes: readonly BatchMistake[]) {
    const first = mistakes.slice(0, 5).map(({ index, error }) => `operation ${index}: ${error.message}`);
    const more = mistakes.length > 5 ? `; and ${mistakes.length - 5} more` : '';
    super(`nothing was sent: ${first.join('; ')}${more}`);
    this.name = 'BatchInputError';
    this.mistakes = mistakes;
  }
}

/** The request of an operation. Throws a {@link FieldError} that names the field. */
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

/** An operation as text: `add-destination 10.0.0.2:80 of tcp 10.0.0.1:80`. */
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
    default:
      return operation.do;
  }
}

/** The service that an operation changes; undefined where it changes none or all. */
export function serviceOf(operation: BatchOperation): ServiceKey | undefined {
  return 'service' in operation ? operation.service : undefined;
}
