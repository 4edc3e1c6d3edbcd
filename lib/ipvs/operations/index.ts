import { type RequestOptions, requestChecks } from '../../netlink/connection/lifetime.ts';
import { checkOptions, type OptionCheck } from '../../netlink/request/check-options.ts';
import type { Operation } from '../../netlink/request/operation.ts';
import { drainChecks } from '../drain.ts';
import { dumpChecks, recordDumpChecks } from '../dump.ts';
import type { IpvsMethods, MethodName } from '../methods.ts';
import { apply, applyChecks, planFor, planForChecks } from '../plan/apply.ts';
import { clientConnections, clientConnectionsChecks } from '../proc/client-connections.ts';
import * as requests from '../requests/index.ts';
import { watchChecks } from '../watch/options.ts';
import { watch } from '../watch/watch.ts';
import { batch } from './batch.ts';
import { ask, askOne, type Context } from './context.ts';
import { stopDaemon } from './daemons.ts';
import { drain } from './drain.ts';
import { destinations, dump, records, services, stream } from './dump.ts';
import { patchDestination, patchService, setWeight } from './patch.ts';
import { readSysctls } from './sysctls.ts';
import { wholeObjects } from './whole-objects.ts';

type Checks = Readonly<Record<string, OptionCheck>>;
type Methods = IpvsMethods<'sync'>;

/** The operation that a method runs. It gets the method's options only where it asks for them. */
type OperationOf<Name extends MethodName> = (
  context: Context,
  ...parameters: Parameters<Methods[Name]>
) => ReturnType<Methods[Name]> extends Generator<infer Item, void, void>
  ? Operation<void, Item>
  : Operation<ReturnType<Methods[Name]>>;

/**
 * Every method of both clients, as the operation that it runs. A method's options are its parameter
 * after those that have no default here. Bad input is a FieldError before anything is sent.
 */
export const operations: { readonly [Name in MethodName]: OperationOf<Name> } = {
  info: (context) => askOne(context, requests.getInfo()),
  dump: (context, options = {}) => wholeObjects(context, 'dump', (inner) => dump(inner, options)),
  records: (context, options = {}) => wholeObjects(context, 'records', (inner) => records(inner, options)),
  stream: (context, options = {}) => wholeObjects(context, 'stream', (inner) => stream(inner, options)),
  watch: (context, options = {}) => watch(context, options),
  services: (context) => wholeObjects(context, 'services', services),
  service: (context, key) => askOne(context, requests.getService(key)),
  destinations: (context, key) => wholeObjects(context, 'destinations', (inner) => destinations(inner, key)),
  addService: (context, service) => ask(context, requests.newService(service)),
  updateService: (context, service) => ask(context, requests.setService(service)),
  patchService: (context, key, changes) => patchService(context, key, changes),
  deleteService: (context, key) => ask(context, requests.deleteService(key)),
  addDestination: (context, service, destination) =>
    ask(context, requests.newDestination(service, destination)),
  updateDestination: (context, service, destination) =>
    ask(context, requests.setDestination(service, destination)),
  patchDestination: (context, service, destination, changes) =>
    patchDestination(context, service, destination, changes),
  setWeight: (context, service, destination, weight) => setWeight(context, service, destination, weight),
  drain: (context, service, destination, options = {}) => drain(context, service, destination, options),
  deleteDestination: (context, service, destination) =>
    ask(context, requests.deleteDestination(service, destination)),
  zero: (context, service) => ask(context, requests.zero(service)),
  flush: (context) => ask(context, requests.flush()),
  timeouts: (context) => askOne(context, requests.getTimeouts()),
  sysctls: readSysctls,
  connections: (context, options = {}) => clientConnections(context, options),
  setTimeouts: (context, timeouts) => ask(context, requests.setTimeouts(timeouts)),
  daemons: (context) => ask(context, requests.getDaemons()),
  startDaemon: (context, daemon) => ask(context, requests.newDaemon(daemon)),
  stopDaemon: (context, daemon) => stopDaemon(context, daemon),
  batch: (context, writes, options = {}) => batch(context, writes, options),
  plan: (context, desired, options = {}) => planFor(context, desired, options),
  apply: (context, plan, options = {}) => apply(context, plan, options),
};

/**
 * The options of methods that have more than the common ones. Those of plans are read when they are needed: the
 * command loads the modules of plans then.
 */
const checks: { readonly [Name in MethodName]?: Checks } = {
  dump: dumpChecks,
  records: recordDumpChecks,
  stream: dumpChecks,
  watch: watchChecks,
  get plan() {
    return planForChecks;
  },
  get apply() {
    return applyChecks;
  },
  drain: drainChecks,
  connections: clientConnectionsChecks,
};

/** The common options among those that a method was called with. Throws a `FieldError` for bad ones. */
export function requestOptions(name: MethodName, parameters: readonly unknown[]): RequestOptions | undefined {
  const given = parameters[operations[name].length - 1];
  if (given === undefined) return undefined;
  checkOptions(given, checks[name] ?? requestChecks);
  const { deadline, signal }: RequestOptions = given as object;
  return { deadline, signal };
}

/** The operation of a method that was called with these parameters. May throw a `FieldError`. */
export function operationOf(
  context: Context,
  name: MethodName,
  parameters: readonly unknown[],
): Operation<unknown, unknown> {
  const operation = operations[name] as (...given: unknown[]) => Operation<unknown, unknown>;
  return operation(context, ...parameters);
}
