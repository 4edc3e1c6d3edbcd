import { constants } from 'node:os';
import {
  type DestinationUpdate,
  type ServiceKey,
  type ServiceUpdate,
  serviceKeyText,
} from '../../../protocol/ipvs/index.ts';
import { KernelError } from '../../netlink/errors.ts';
import type { Outcome } from '../../netlink/request/outcome.ts';
import type { BatchOperation } from '../batch-operations.ts';
import { normalServiceKey } from './compare/normal-form.ts';
import type { NormalServiceWithDestinations } from './normal-service.ts';
import type { Plan } from './plan.ts';

const { EEXIST, ENOENT, ESRCH } = constants.errno;

/** An operation that failed. */
export interface FailedOperation {
  /** The operation that failed. */
  readonly operation: BatchOperation;
  /** The error. */
  readonly error: Error;
}

/** The resolution of the conflicts of a batch. */
export interface Resolution {
  /** Operations to send after the batch. */
  readonly operations: readonly BatchOperation[];
  /** Operations that failed for another reason. */
  readonly failures: readonly FailedOperation[];
}

/**
 * Resolves conflicts with other writers that changed the table after it was read for the plan: an object that
 * exists already is updated, one that was removed is added again (a service once, with all its destinations),
 * and the removal of one that does not exist counts as success.
 */
export function resolveConflicts(
  plan: Plan,
  operations: readonly BatchOperation[],
  outcomes: readonly Outcome<void>[],
): Resolution {
  const resolved: BatchOperation[] = [];
  const failures: FailedOperation[] = [];
  const handled = new Set<string>();
  for (const [index, operation] of operations.entries()) {
    const outcome = outcomes[index]!;
    if (outcome.ok) continue;
    const { error } = outcome;
    const remedy = error instanceof KernelError ? remedyFor(operation, error.errno) : undefined;
    if (remedy === 'done') continue;
    if (remedy === 'add-service') {
      const key = serviceKeyText((operation as { readonly service: ServiceKey }).service);
      const desired = plan.desiredServices.get(key);
      if (desired === undefined) continue;
      if (!handled.has(key))
        for (const addition of addServiceWithDestinations(desired)) resolved.push(addition);
      handled.add(key);
    } else if (remedy === undefined) {
      failures.push({ operation, error });
      // The destinations of a refused service fail only because the service does not exist.
      if (operation.do === 'add-service') handled.add(serviceKeyText(operation.service));
    } else {
      resolved.push(remedy);
    }
  }
  return { operations: resolved, failures };
}

/** Returns the operation that resolves a conflict; `undefined` for any other error. */
function remedyFor(
  operation: BatchOperation,
  errno: number,
): BatchOperation | 'done' | 'add-service' | undefined {
  switch (operation.do) {
    case 'add-service':
      if (errno !== EEXIST) return undefined;
      return { do: 'update-service', service: operation.service as ServiceUpdate };
    case 'update-service':
      return errno === ESRCH ? 'add-service' : undefined;
    case 'delete-service':
      return errno === ESRCH ? 'done' : undefined;
    case 'add-destination':
      if (errno === EEXIST)
        return {
          do: 'update-destination',
          service: operation.service,
          destination: operation.destination as DestinationUpdate,
        };
      return errno === ESRCH ? 'add-service' : undefined;
    case 'update-destination':
      if (errno === ENOENT) return { ...operation, do: 'add-destination' };
      return errno === ESRCH ? 'add-service' : undefined;
    case 'delete-destination':
      return errno === ENOENT || errno === ESRCH ? 'done' : undefined;
    default:
      return undefined;
  }
}

function addServiceWithDestinations({
  service,
  destinations,
}: NormalServiceWithDestinations): BatchOperation[] {
  const key = normalServiceKey(service);
  return [
    { do: 'add-service', service },
    ...destinations.map(
      (destination): BatchOperation => ({ do: 'add-destination', service: key, destination }),
    ),
  ];
}
