import { constants } from 'node:os';
import { FieldError } from '../../../protocol/netlink/index.ts';
import type { BatchOperation } from '../../ipvs/batch-operations.ts';
import { KernelError } from '../../netlink/errors.ts';
import { errorText } from '../kernel/error-text.ts';
import { optionOf } from '../parse/options.ts';
import type { System } from '../system.ts';

const { EEXIST, ENOENT, EINVAL, ENODEV, EPERM, ESRCH } = constants.errno;

/** The options of fields whose description (`Field.options`) names none. */
const FIELD_OPTIONS: Readonly<Record<string, string>> = {
  'service.persistence.prefixLength': '--netmask',
  'service.mark': '--fwmark-service',
  'destination.address': '--real-server',
  'destination.port': '--real-server',
};

/** Says why a change failed, in one line that names the option it concerns. */
export function refusalText(change: BatchOperation, error: unknown, system: System): string {
  if (error instanceof FieldError) return fieldErrorText(error);
  const text = errorText(error, system, change);
  if (!(error instanceof KernelError) || error.errno === EPERM) return text;
  const option = refusedOption(change, error.errno);
  return option === undefined ? text : `${option}: ${text}`;
}

/** Says what is wrong with a value, naming its option. */
export function fieldErrorText({ field, problem }: FieldError): string {
  return `${FIELD_OPTIONS[field] ?? optionOf(field) ?? field} ${problem}`;
}

function refusedOption(change: BatchOperation, errno: number): string | undefined {
  switch (change.do) {
    case 'add-service':
    case 'update-service': {
      const { scheduler, persistenceEngine } = change.service;
      if (errno !== ENOENT) return '--add-service';
      return persistenceEngine === undefined || persistenceEngine === null
        ? `--scheduler ${scheduler}`
        : `--scheduler ${scheduler} or --pe ${persistenceEngine}`;
    }
    case 'add-destination':
    case 'update-destination':
    case 'delete-destination':
      return errno === EEXIST || errno === ENOENT || errno === EINVAL ? '--real-server' : undefined;
    case 'start-daemon':
      return errno === ENODEV || errno === EINVAL
        ? `--mcast-interface ${change.daemon.interface}`
        : '--start-daemon';
    case 'stop-daemon':
      return errno === ESRCH ? `--stop-daemon ${change.daemon.role}` : undefined;
    default:
      return undefined;
  }
}
