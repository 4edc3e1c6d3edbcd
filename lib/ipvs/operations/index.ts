import { type RequestOptions, requestChecks } from '../../netlink/connection/lifetime.ts';
import { checkOptions, type OptionCheck } from '../../netlink/request/check-options.ts';
import type { Operation } from '../../netlink/request/operation.ts';
import { drainChecks } from '../drain.ts';
import { dumpChecks, recordDumpChecks } from '../dump.ts';
import type { IpvsMethods, MethodName } from '../methods.ts';
import { apply, applyChecks, clientPlanChecks, planFor } from '../plan/apply.ts';
import { connectionEntries, connectionsChecks } from '../proc/connection-entries.ts';
import * as requests from '../requests/index.ts';
import { watchChecks } from '../watch/options.ts';
import { watch } from '../watch/watch.ts';
import { batch } from './batch.ts';
import { type Context, send, sendForOne } from './context.ts';
import { stopDaemon } from './daemons.ts';
import { deferMalformed } from './defer-malformed.ts';
import { drain } from './drain.ts';
import { destinations, dump, records, services, stream } from './dump.ts';
import { patchDestination, patchService, setWeight } from './patch.ts';
import { readSysctls } from './sysctls.ts';

type Checks = Readonly<Record<string, OptionCheck>>;
type Methods = IpvsMethods<'sync'>;

/** The operation of a method. It gets the method's options only if its parameter list declares them. */
type OperationOf<Name extends MethodName> = (
  context: Context,
  ...parameters: Parameters<Methods[Name]>
) => ReturnType<Methods[Name]> extends Generator<infer Item, void, void>
  ? Operation<void, Item>
  : Operation<ReturnType<Methods[Name]>>;

/**
 * The operations of all methods of both clients. A method's options are its last parameter, with the index
 * `operations[name].length - 1`: a function's `length` counts the parameters before the first one with a
 * default, and the context is one of them. For invalid input an operation throws an error, such as a FieldError,
 * before anything is sent.
 */
export const operations: { readonly [Name in MethodName]: OperationOf<Name> } = {
  info: (context) => sendForOne(context, requests.getInfo()),
  dump: (context, options = {}) => deferMalformed(context, 'dump', (inner) => dump(inner, options)),
  records: (context, options = {}) => deferMalformed(context, 'records', (inner) => records(inner, options)),
  stream: (context, options = {}) => deferMalformed(context, 'stream', (inner) => stream(inner, options)),
  watch: (context, options = {}) => watch(context, options),
  services: (context) => deferMalformed(context, 'services', services),
  service: (context, key) => sendForOne(context, requests.getService(key)),
  destinations: (context, key) =>
    deferMalformed(context, 'destinations', (inner) => destinations(inner, key)),
  addService: (context, service) => send(context, requests.newService(service)),
  updateService: (context, service) => send(context, requests.setService(service)),
  patchService: (context, key, changes) => patchService(context, key, changes),
  deleteService: (context, key) => send(context, requests.deleteService(key)),
  addDestination: (context, service, destination) =>
    send(context, requests.newDestination(service, destination)),
  updateDestination: (context, service, destination) =>
    send(context, requests.setDestination(service, destination)),
  patchDestination: (context, service, destination, changes) =>
    patchDestination(context, service, destination, changes),
  setWeight: (context, service, destination, weight) => setWeight(context, service, destination, weight),
  drain: (context, service, destination, options = {}) => drain(context, service, destination, options),
  deleteDestination: (context, service, destination) =>
    send(context, requests.deleteDestination(service, destination)),
  zero: (context, service) => send(context, requests.zero(service)),
  flush: (context) => send(context, requests.flush()),
  timeouts: (context) => sendForOne(context, requests.getTimeouts()),
  sysctls: readSysctls,
  connections: (context, options = {}) => connectionEntries(context, options),
  setTimeouts: (context, timeouts) => send(context, requests.setTimeouts(timeouts)),
  daemons: (context) => send(context, requests.getDaemons()),
  startDaemon: (context, daemon) => send(context, requests.newDaemon(daemon)),
  stopDaemon: (context, daemon) => stopDaemon(context, daemon),
  batch: (context, changes, options = {}) => batch(context, changes, options),
  plan: (context, desired, options = {}) => planFor(context, desired, options),
  apply: (context, plan, options = {}) => apply(context, plan, options),
};

/**
 * The option checks of methods with more options than `deadline` and `signal`. The checks of plans are getters, because
 * the CLI bundle (lib/cli/bundling/deferred.ts) replaces the imports from plan/apply.ts by lazy ones.
 */
const checks: { readonly [Name in MethodName]?: Checks } = {
  dump: dumpChecks,
  records: recordDumpChecks,
  stream: dumpChecks,
  watch: watchChecks,
  get plan() {
    return clientPlanChecks;
  },
  get apply() {
    return applyChecks;
  },
  drain: drainChecks,
  connections: connectionsChecks,
};

/** Checks the options in the parameters of a call, and returns `deadline` and `signal`. Throws a `FieldError`. */
export function requestOptions(name: MethodName, parameters: readonly unknown[]): RequestOptions | undefined {
  const options = parameters[operations[name].length - 1];
  if (options === undefined) return undefined;
  checkOptions(options, checks[name] ?? requestChecks);
  const { deadline, signal }: RequestOptions = options as object;
  return { deadline, signal };
}

/** Returns the operation of a method called with these parameters. May throw a `FieldError`. */
export function operationOf(
  context: Context,
  name: MethodName,
  parameters: readonly unknown[],
): Operation<unknown, unknown> {
  const operation = operations[name] as (...given: unknown[]) => Operation<unknown, unknown>;
  return operation(context, ...parameters);
}
