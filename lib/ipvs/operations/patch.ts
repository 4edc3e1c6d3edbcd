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
import { ask, askOne, type Context } from './context.ts';
import { destinations } from './dump.ts';

const SERVICE_SETTINGS = namesOf(serviceFields, 'setting', 'passthrough');
const DESTINATION_SETTINGS = namesOf(destinationFields, 'setting', 'passthrough');

type Fields = Readonly<Record<string, unknown>>;

/** The destination with this key. A KernelError (ENOENT, or ESRCH without the service) where there is none. */
export function* findDestination(
  context: Context,
  service: ServiceKey,
  key: DestinationKey,
): Operation<Destination> {
  const { address, port } = normalDestinationKey(key);
  const all = yield* destinations(context, service);
  const found = all.find((one) => one.port === port && one.address === address);
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
  // Checked before anything is sent, with what stands for the settings that are there.
  serviceValues({ ...normalServiceKey(key), scheduler: 'rr', ...given, persistence } as ServiceDefinition);
  const current = yield* askOne(context, requests.getService(key));
  const everyClient = current.family === 'ipv6' ? { prefixLength: null } : { netmask: null };
  const whole = merged(current, given, 'persistence', { ...everyClient, ...current.persistence });
  yield* ask(context, requests.setService(whole as ServiceUpdate));
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
  const standIns = { forwarding: 'masq', upperThreshold: 0xffffffff };
  destinationValues({ ...normalDestinationKey(key), ...standIns, ...given, tunnel } as DestinationDefinition);
  const current = yield* findDestination(context, service, key);
  const whole = merged(current, given, 'tunnel', current.tunnel ?? NO_TUNNEL);
  yield* ask(context, requests.setDestination(service, whole as DestinationUpdate));
}

/** Changes the weight of a destination alone, see `IpvsMethods.setWeight`. */
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

/** The settings that are given. Throws a FieldError for an unknown one. */
function settings(object: string, changes: unknown, names: ReadonlySet<string>): Fields {
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes))
    throw new FieldError(`changes`, changes, `must be an object with settings of a ${object}`);
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!names.has(name))
      throw new FieldError(`${object}.${name}`, value, `is no setting; there are ${[...names].join(', ')}`);
  }
  return Object.fromEntries(given);
}

/** Merges an object that is given in part with the current one; other values stay unchanged. */
function completed(given: unknown, current: object | undefined): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return {
    ...current,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

/** Merges given settings with the current ones; `inner` is an object that can be given in part. */
function merged(current: object, given: Fields, inner: string, currentInner: object): object {
  const changed = given[inner] === undefined ? {} : { [inner]: completed(given[inner], currentInner) };
  return { ...current, ...given, ...changed };
}
