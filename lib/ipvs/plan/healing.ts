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
import type { Plan } from './plan.ts';
import type { WantedService } from './wanted-service.ts';

const { EEXIST, ENOENT, ESRCH } = constants.errno;

/** An operation that came to nothing. */
export interface FailedOperation {
  /** The operation that failed. */
  readonly operation: BatchOperation;
  /** Why it failed. */
  readonly error: Error;
}

/** What a batch came to, and what to send after it. */
export interface Healing {
  /** What makes good what other writers did in the meantime. */
  readonly operations: readonly BatchOperation[];
  /** What cannot be made good. */
  readonly failures: readonly FailedOperation[];
}

/**
 * How to make good what other writers did between a plan and its batch: what is there already is
 * updated, what has vanished is added again (a service once, with all its destinations), and
 * removing what is gone has succeeded.
 */
export function healing(
  plan: Plan,
  operations: readonly BatchOperation[],
  outcomes: readonly Outcome<void>[],
): Healing {
  const healed: BatchOperation[] = [];
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
      const wanted = plan.wanted.get(key);
      if (wanted === undefined) continue;
      if (!handled.has(key)) healed.push(...wholeService(wanted));
      handled.add(key);
    } else if (remedy === undefined) {
      failures.push({ operation, error });
      // The destinations of a service that was refused fail for no reason of their own.
      if (operation.do === 'add-service') handled.add(serviceKeyText(operation.service));
    } else {
      healed.push(remedy);
    }
  }
  return { operations: healed, failures };
}

/** The operations of a plan name every setting. */
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

function wholeService({ service, destinations }: WantedService): BatchOperation[] {
  const key = normalServiceKey(service);
  return [
    { do: 'add-service', service },
    ...destinations.map(
      (destination): BatchOperation => ({ do: 'add-destination', service: key, destination }),
    ),
  ];
}
