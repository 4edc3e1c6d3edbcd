import type { Destination, DestinationKey, ServiceKey } from '../../../protocol/ipvs/index.ts';
import { type Operation, Pause } from '../../netlink/request/operation.ts';
import {
  countRemainingConnections,
  type DrainConnections,
  type DrainOptions,
  type DrainResult,
  type DrainWarning,
} from '../drain.ts';
import { withWeightZero } from '../plan/compare/normal-form.ts';
import * as requests from '../requests/index.ts';
import { type Context, send, sendForOne, unlessMissing } from './context.ts';
import { findDestination } from './patch.ts';

const INTERVAL = 1000;
const SYSCTL = 'expire_quiescent_template';

/** Sets the weight of a destination to 0 and waits for its connections to end, see `IpvsMethods.drain`. */
export function* drain(
  context: Context,
  service: ServiceKey,
  destination: DestinationKey,
  options: DrainOptions,
): Operation<DrainResult> {
  const { grace = Number.POSITIVE_INFINITY, interval = INTERVAL, inactive = false, onProgress } = options;
  const removal = requests.deleteDestination(service, destination);
  const before = yield* findDestination(context, service, destination);
  const warnings = yield* warningsFor(context, service);
  if (before.weight !== 0) yield* send(context, requests.setDestination(service, withWeightZero(before)));
  const started = performance.now();
  let lastRead: Destination = before;
  const result = (outcome: DrainResult['outcome'], elapsed: number, removed: boolean): DrainResult => ({
    outcome,
    removed,
    weight: before.weight,
    elapsed,
    ...connectionCounts(lastRead),
    warnings,
  });
  for (;;) {
    const current = yield* unlessMissing(findDestination(context, service, destination));
    const elapsed = performance.now() - started;
    if (current === undefined) return result('gone', elapsed, false);
    lastRead = current;
    onProgress?.(connectionCounts(current), warnings);
    if (current.weight !== 0) return result('weight-changed', elapsed, false);
    const drained = countRemainingConnections(current, inactive) === 0;
    if (drained || elapsed >= grace) {
      const removed =
        options.remove === true && (yield* unlessMissing(send(context, removal), false)) !== false;
      return result(drained ? 'drained' : 'grace-over', elapsed, removed);
    }
    yield new Pause(Math.min(interval, grace - elapsed));
  }
}

function connectionCounts(destination: DrainConnections): DrainConnections {
  const { activeConnections, inactiveConnections, persistentConnections } = destination;
  return { activeConnections, inactiveConnections, persistentConnections };
}

/**
 * Returns the warnings for a service. Clients bound by persistence still connect to a destination with the
 * weight 0, unless expire_quiescent_template is set (ip_vs_check_template).
 */
function* warningsFor(context: Context, key: ServiceKey): Operation<DrainWarning[]> {
  const { persistence } = yield* sendForOne(context, requests.getService(key));
  if (persistence === undefined) return [];
  const value = sysctlNumber(context, SYSCTL);
  if (value !== undefined && value !== 0) return [];
  const problem =
    'the service is persistent: clients bound to this destination can still open new connections to it';
  if (value === 0) {
    const message = `${problem}, as net.ipv4.vs.${SYSCTL} is 0`;
    return [{ code: 'templates-ignore-weight', message }];
  }
  return [{ code: 'template-sysctl-unreadable', message: `${problem} unless net.ipv4.vs.${SYSCTL} is set` }];
}

/** Returns the value of a sysctl; undefined if it cannot be read. */
function sysctlNumber({ sysctls }: Context, name: string): number | undefined {
  try {
    const text = sysctls?.read().get(name);
    return text === undefined ? undefined : Number(text);
  } catch {
    return undefined;
  }
}
