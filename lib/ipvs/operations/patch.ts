import { constants } from 'node:os';
import {
  type Destination,
  type DestinationChanges,
  type DestinationDefinition,
  type DestinationKey,
  type DestinationUpdate,
  destinationFields,
  destinationKeyValues,
  destinationValues,
  namesOf,
  type ServiceChanges,
  type ServiceDefinition,
  type ServiceKey,
  type ServiceUpdate,
  serviceFields,
  serviceKeyValues,
  serviceValues,
} from '../../../protocol/ipvs/index.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';
import { KernelError } from '../../netlink/errors.ts';
import type { Operation } from '../../netlink/request/operation.ts';
import { explain } from '../explanations.ts';
import { normalDestinationKey, normalServiceKey } from '../plan/compare/normal-form.ts';
import * as requests from '../requests/index.ts';
import { type Context, send, sendForOne } from './context.ts';
import { destinations } from './dump.ts';

const SERVICE_SETTINGS = namesOf(serviceFields, 'setting', 'passthrough');
const DESTINATION_SETTINGS = namesOf(destinationFields, 'setting', 'passthrough');

type Values = Readonly<Record<string, unknown>>;

/**
 * Reads the destination with this key. Throws a KernelError: ENOENT if there is none, ESRCH if the service does not
 * exist.
 */
export function* findDestination(
  context: Context,
  service: ServiceKey,
  key: DestinationKey,
): Operation<Destination> {
  const { address, port } = normalDestinationKey(key);
  const all = yield* destinations(context, service);
  const found = all.find((destination) => destination.port === port && destination.address === address);
  if (found !== undefined) return found;
  const command = 'GET_DEST';
  const errno = constants.errno.ENOENT;
  const { object } = requests.deleteDestination(service, key);
  throw new KernelError({ command, object, errno, ...explain(command, object, errno) });
}

/** Changes some settings of a service, see `IpvsMethods.patchService`. */
export function* patchService(context: Context, key: ServiceKey, changes: ServiceChanges): Operation<void> {
  const given = settings('service', changes, SERVICE_SETTINGS);
  serviceKeyValues(key);
  const persistence = completed(given.persistence, { timeout: 0 });
  // Checked before anything is sent, with placeholders for the current settings.
  serviceValues({ ...normalServiceKey(key), scheduler: 'rr', ...given, persistence } as ServiceDefinition);
  const current = yield* sendForOne(context, requests.getService(key));
  const defaultMask = current.family === 'ipv6' ? { prefixLength: null } : { netmask: null };
  const update = merged(current, given, 'persistence', { ...defaultMask, ...current.persistence });
  yield* send(context, requests.setService(update as ServiceUpdate));
}

/** Changes some settings of a destination, see `IpvsMethods.patchDestination`. */
export function* patchDestination(
  context: Context,
  service: ServiceKey,
  key: DestinationKey,
  changes: DestinationChanges,
): Operation<void> {
  const given = settings('destination', changes, DESTINATION_SETTINGS);
  serviceKeyValues(service);
  destinationKeyValues(key);
  const tunnel = completed(given.tunnel, { port: 1 });
  const placeholders = { forwarding: 'masq', upperThreshold: 0xffffffff };
  destinationValues({
    ...normalDestinationKey(key),
    ...placeholders,
    ...given,
    tunnel,
  } as DestinationDefinition);
  const current = yield* findDestination(context, service, key);
  const update = merged(current, given, 'tunnel', current.tunnel ?? NO_TUNNEL);
  yield* send(context, requests.setDestination(service, update as DestinationUpdate));
}

/** Changes only the weight of a destination, see `IpvsMethods.setWeight`. */
export function* setWeight(
  context: Context,
  service: ServiceKey,
  key: DestinationKey,
  weight: number,
): Operation<void> {
  if (weight === undefined) throw new FieldError('destination.weight', weight, 'must be given');
  yield* patchDestination(context, service, key, { weight });
}

const NO_TUNNEL = { type: 'ipip', port: 0, checksum: 'nocsum' } as const;

/** Returns the settings that are not undefined; `owner` is what has them. Throws a FieldError for an unknown one. */
function settings(owner: 'service' | 'destination', changes: unknown, names: ReadonlySet<string>): Values {
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes))
    throw new FieldError(`changes`, changes, `must be an object with settings of a ${owner}`);
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!names.has(name))
      throw new FieldError(
        `${owner}.${name}`,
        value,
        `is not a setting; the settings are ${[...names].join(', ')}`,
      );
  }
  return Object.fromEntries(given);
}

/** Merges a partial object with the current one; any other value is returned unchanged. */
function completed(given: unknown, current: object | undefined): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return {
    ...current,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

/** Merges given settings with the current ones; `inner` is the name of an object that may be partial. */
function merged(current: object, given: Values, inner: string, currentInner: object): object {
  const changed = given[inner] === undefined ? {} : { [inner]: completed(given[inner], currentInner) };
  return { ...current, ...given, ...changed };
}
