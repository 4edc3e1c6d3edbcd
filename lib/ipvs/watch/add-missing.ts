import {
  type Destination,
  destinationKeyText,
  type ServiceWithDestinations,
} from '../../../protocol/ipvs/index.ts';
import { CANCELLATION_POINT, type Operation, performAll } from '../../netlink/request/operation.ts';
import { isNotFound } from '../explanations.ts';
import { type Context, unlessMissing, withFamily } from '../operations/context.ts';
import { destinations, dump } from '../operations/dump.ts';
import * as requests from '../requests/index.ts';
import { IpvsCall } from '../requests/ipvs-call.ts';
import { destinationsOf, haveSameKeys, type Table } from './table-changes.ts';

/** Number of services requested at a time. */
const AT_ONCE = 256;

/**
 * Adds to `table`, a table that was just read, the services and destinations that its dump missed. A dump of a stock
 * kernel resumes by index, so a removal during the dump makes it miss another entry. Services and destinations of the
 * previous table `before` that are missing are therefore requested again: services by their keys, which is exact, and
 * destinations with another dump.
 */
export function* addMissing(
  context: Context,
  before: Table,
  table: Map<string, ServiceWithDestinations>,
): Operation<void> {
  const missing = [...before].filter(([key]) => !table.has(key));
  for (let at = 0; at < missing.length; at += AT_ONCE)
    yield* addServices(context, missing.slice(at, at + AT_ONCE), table);
  for (const [key, previous] of before) {
    const service = table.get(key);
    if (service !== undefined && lacksAny(service, previous))
      yield* addDestinations(context, key, service, table);
    // Lets the event loop run.
    yield CANCELLATION_POINT;
  }
}

/** Adds those of the missing services that the kernel still has. */
function* addServices(
  context: Context,
  missing: readonly (readonly [key: string, previous: ServiceWithDestinations])[],
  table: Map<string, ServiceWithDestinations>,
): Operation<void> {
  const outcomes = yield* withFamily(context, (family) =>
    performAll(missing.map(([, previous]) => new IpvsCall(family, requests.getService(previous)))),
  );
  for (const [index, outcome] of outcomes.entries()) {
    const [key, previous] = missing[index]!;
    if (outcome.ok) {
      const { services } = yield* dump(context, { service: previous, strategy: 'per-service' });
      if (services[0] !== undefined) table.set(key, services[0]);
    } else if (!isNotFound(outcome.error)) throw outcome.error;
  }
}

function lacksAny(service: ServiceWithDestinations, previous: ServiceWithDestinations): boolean {
  if (haveSameKeys(previous, service)) return false;
  const dumped = destinationsOf(service);
  return previous.destinations.some((destination) => !dumped.has(destinationKeyText(destination)));
}

/** Adds the destinations that another dump of the service finds; removes the service if it no longer exists. */
function* addDestinations(
  context: Context,
  key: string,
  service: ServiceWithDestinations,
  table: Map<string, ServiceWithDestinations>,
): Operation<void> {
  const found = yield* unlessMissing(destinations(context, service));
  if (found === undefined) {
    table.delete(key);
    return;
  }
  const dumped = destinationsOf(service);
  const missed = found.filter((destination) => !dumped.has(destinationKeyText(destination)));
  // No other table has this object, so it may be changed; its list may be that of all services without destinations.
  (service as { destinations: readonly Destination[] }).destinations = [...service.destinations, ...missed];
}
