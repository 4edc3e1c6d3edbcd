import {
  type Destination,
  destinationKeyText,
  FORWARDING_NUMBERS,
  type ServiceKey,
  type ServiceWithDestinations,
  type ServiceWithDestinationsDefinition,
  serviceKeyText,
} from '../../../protocol/ipvs/index.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';
import type { BatchOperation } from '../batch-operations.ts';
import { countRemainingConnections } from '../drain.ts';
import {
  type DestinationDifference,
  destinationDifferences,
  type ServiceDifference,
  serviceDifferences,
} from './compare/differences.ts';
import { matchesExactly } from './compare/matches-exactly.ts';
import {
  type AbsentFields,
  type NormalDestination,
  normalDestination,
  normalDestinationKey,
  normalService,
  normalServiceKey,
  withWeightZero,
} from './compare/normal-form.ts';
import { type DesiredServices, ErrorList, type StatePath } from './desired-services.ts';
import {
  addedDestination,
  addedService,
  type NormalServiceWithDestinations,
  normalServiceWithDestinations,
} from './normal-service.ts';
import type { PlanOptions } from './options.ts';
import type { DrainingDestination, Plan } from './plan.ts';
import { RemovalLimit } from './removal.ts';
import type { GlobalSettingsPlan } from './settings/plan-settings.ts';
import { CurrentDestinations } from './table/current-destinations.ts';
import type { CurrentTable } from './table/current-table.ts';
import { ServiceIndex } from './table/service-index.ts';

const NO_FORWARDING = `is missing, but a new destination needs one of ${Object.keys(FORWARDING_NUMBERS).join(', ')}`;
const NO_DESTINATIONS = new CurrentDestinations(undefined);

/** Compares a table with the desired state and creates one plan. */
export class Planner {
  readonly #options: PlanOptions;
  readonly #desired: DesiredServices;
  readonly #absentFields: AbsentFields;
  readonly #table: CurrentTable;
  /** Indexes of the services of the table that the filter includes. */
  readonly #included: number[] = [];
  readonly #currentByKey = new ServiceIndex<number>();
  /** Indexes of the services of the table that are desired. */
  readonly #matched = new Set<number>();
  readonly #operations: BatchOperation[] = [];
  /**
   * The differences. A new service is stored as a `NormalServiceWithDestinations`, from which its difference is created
   * on demand.
   */
  readonly #differences: (ServiceDifference | NormalServiceWithDestinations)[] = [];
  readonly #draining: DrainingDestination[] = [];
  readonly #excluded: string[] = [];
  /** Desired services in normal form, without those in `#unchanged`. */
  readonly #services: NormalServiceWithDestinations[] = [];
  readonly #errors = new ErrorList();
  readonly #removal = new RemovalLimit();
  /** Desired services that are in the table already with the same settings. */
  readonly #unchanged: ServiceWithDestinationsDefinition[] = [];

  constructor(table: CurrentTable, desired: DesiredServices, options: PlanOptions) {
    this.#table = table;
    this.#options = options;
    this.#desired = desired;
    this.#absentFields = options.absent ?? 'default';
    for (let index = 0; index < table.length; index++) {
      const service = table.service(index);
      if (options.filter !== undefined && !this.#isIncluded(normalServiceKey(service))) continue;
      const earlier = this.#currentByKey.set(service, index);
      if (earlier === undefined) this.#included.push(index);
      else this.#included[this.#included.indexOf(earlier)] = index;
    }
  }

  /**
   * Creates the plan; `settings` is its part for the global settings (timeouts, sync daemons, sysctls). Unless
   * `allowAnyRemoval` is set, throws if it removes more than is allowed.
   */
  plan(allowAnyRemoval: boolean, settings: GlobalSettingsPlan): Plan {
    for (const [position, definition] of this.#desired.entries()) {
      const found = this.#currentByKey.get(definition);
      if (found !== undefined && matchesExactly(this.#table, found, definition)) {
        this.#matched.add(found);
        this.#unchanged.push(definition);
        continue;
      }
      const key = normalServiceKey(definition);
      if (!this.#isIncluded(key)) {
        this.#excluded.push(serviceKeyText(key));
        continue;
      }
      const index = this.#currentByKey.get(key);
      if (index !== undefined) this.#matched.add(index);
      const current = index === undefined ? undefined : this.#table.serviceWithDestinations(index);
      const existing = current === undefined ? NO_DESTINATIONS : new CurrentDestinations(current);
      const desired = this.#normalise(definition, ['services', position], current, existing);
      this.#services.push(desired);
      if (current === undefined) this.#add(desired);
      else this.#change(key, current, desired, existing);
    }
    if ((this.#options.remove ?? 'all') === 'all' && this.#matched.size < this.#included.length) {
      for (const index of this.#included)
        if (!this.#matched.has(index)) this.#remove(this.#table.serviceWithDestinations(index));
    }
    this.#errors.throwIfAny();
    if (!allowAnyRemoval) this.#checkRemoval();
    // The plan must not refer to the planner, which would keep the whole table alive.
    const entries = this.#differences;
    const services = this.#services;
    const unchanged = this.#unchanged;
    let byKey: Map<string, NormalServiceWithDestinations> | undefined;
    let differences: ServiceDifference[] | undefined;
    const { before, after } = settings;
    const operations = this.#operations;
    return {
      operations: before.length + after.length === 0 ? operations : [...before, ...operations, ...after],
      settings: settings.differences,
      desiredSettings: settings.desired,
      // Created on demand, as a table may have thousands of new services.
      get differences() {
        differences ??= entries.map((entry) => ('change' in entry ? entry : addedService(entry)));
        return differences;
      },
      draining: this.#draining,
      excluded: this.#excluded,
      // Created on demand, as a plan without operations does not need it.
      get desiredServices() {
        byKey ??= new Map(
          [...services, ...unchanged.map((definition) => normalServiceWithDestinations(definition))].map(
            (entry) => [serviceKeyText(entry.service), entry],
          ),
        );
        return byKey;
      },
      desired: this.#desired,
      options: this.#options,
    };
  }

  #checkRemoval(): void {
    const { lastGood, remove = 'all', allowRemoval } = this.#options;
    if (lastGood !== undefined && lastGood !== this.#desired) {
      const tableLookup = {
        isIncluded: (key: ServiceKey) => this.#isIncluded(key),
        find: (key: ServiceKey, previous: ServiceWithDestinationsDefinition) => {
          const index = this.#currentByKey.get(key);
          if (index === undefined) return undefined;
          if (matchesExactly(this.#table, index, previous)) return 'same';
          return this.#table.serviceWithDestinations(index);
        },
      };
      this.#removal.countMissing(lastGood, this.#desired, tableLookup, remove);
    }
    this.#removal.check(this.#table, this.#included, allowRemoval);
  }

  #normalise(
    definition: ServiceWithDestinationsDefinition,
    path: StatePath,
    current: ServiceWithDestinations | undefined,
    existing: CurrentDestinations,
  ): NormalServiceWithDestinations {
    const destinations: NormalDestination[] = [];
    for (const [index, desired] of definition.destinations.entries()) {
      const before = existing.get(normalDestinationKey(desired));
      const normal = normalDestination(desired, before, this.#absentFields);
      if (normal !== undefined) destinations.push(this.#keepWeight(normal, current, before));
      else this.#errors.add([...path, 'destinations', index, 'forwarding'], NO_FORWARDING);
    }
    return { service: normalService(definition, current, this.#absentFields), destinations };
  }

  #isIncluded(key: ServiceKey): boolean {
    const { filter } = this.#options;
    if (filter === undefined) return true;
    const included: unknown = filter(key);
    // A promise is truthy: an async filter would include every service, and those it meant to exclude would be removed.
    if (typeof included !== 'boolean') throw new FieldError('filter', included, 'must return true or false');
    return included;
  }

  #add(desired: NormalServiceWithDestinations): void {
    const { service, destinations } = desired;
    this.#operations.push({ do: 'add-service', service });
    const key = normalServiceKey(service);
    this.#removal.addedDestinations += destinations.length;
    for (const destination of destinations) {
      this.#operations.push({ do: 'add-destination', service: key, destination });
    }
    this.#differences.push(desired);
  }

  #change(
    key: ServiceKey,
    current: ServiceWithDestinations,
    { service, destinations }: NormalServiceWithDestinations,
    existing: CurrentDestinations,
  ): void {
    const fields = serviceDifferences(current, service);
    if (fields.length > 0) this.#operations.push({ do: 'update-service', service });
    const added: DestinationDifference[] = [];
    const changed: DestinationDifference[] = [];
    const updates: BatchOperation[] = [];
    let existingCount = 0;
    for (const destination of destinations) {
      const before = existing.get(destination);
      if (before === undefined) {
        this.#operations.push({ do: 'add-destination', service: key, destination });
        added.push(addedDestination(destination));
        this.#removal.addedDestinations++;
        continue;
      }
      existingCount++;
      const differing = destinationDifferences(before, destination);
      if (differing.length === 0) continue;
      updates.push({ do: 'update-destination', service: key, destination });
      changed.push({ change: 'change', destination: destinationKeyText(destination), fields: differing });
    }
    for (const update of updates) this.#operations.push(update);
    const removed: DestinationDifference[] = [];
    if (this.#options.remove !== 'nothing' && existingCount < existing.length) {
      const desired = new Set(destinations.map(destinationKeyText));
      for (const before of existing) {
        const destinationText = destinationKeyText(before);
        if (desired.has(destinationText)) continue;
        this.#removal.removedDestinations++;
        removed.push(this.#removeDestination(serviceKeyText(key), key, destinationText, before));
      }
    }
    if (fields.length > 0 || added.length > 0 || changed.length > 0 || removed.length > 0) {
      const all = [...added, ...changed, ...removed];
      this.#differences.push({ change: 'change', service: serviceKeyText(key), fields, destinations: all });
    }
  }

  #remove(service: ServiceWithDestinations): void {
    const text = serviceKeyText(service);
    const key = normalServiceKey(service);
    const drainingBefore = this.#draining.length;
    const operationsBefore = this.#operations.length;
    const destinations: DestinationDifference[] = [];
    this.#removal.removedServices++;
    this.#removal.removedDestinations += service.destinations.length;
    if (this.#options.draining !== undefined) {
      for (const destination of service.destinations) {
        destinations.push(this.#removeDestination(text, key, destinationKeyText(destination), destination));
      }
    }
    if (this.#draining.length === drainingBefore) {
      // No destination has to drain, and deleting the service deletes all of them.
      this.#operations.length = operationsBefore;
      this.#operations.push({ do: 'delete-service', service: key });
    }
    this.#differences.push({ change: 'remove', service: text, fields: [], destinations });
  }

  /** Removes a destination, or lets it drain. */
  #removeDestination(
    serviceText: string,
    service: ServiceKey,
    destination: string,
    current: Destination,
  ): DestinationDifference {
    const { draining } = this.#options;
    const connections = countRemainingConnections(current, true);
    // A destination with a nonzero weight is not draining.
    const elapsed = current.weight === 0 ? (draining?.elapsed?.(serviceText, destination) ?? 0) : 0;
    const isGraceOver = draining === undefined || elapsed >= draining.grace;
    if (isGraceOver || (current.weight === 0 && connections === 0)) {
      const key = normalDestinationKey(current);
      this.#operations.push({ do: 'delete-destination', service, destination: key });
      return { change: 'remove', destination, fields: [] };
    }
    const atWeightZero = withWeightZero(current);
    if (current.weight !== 0) {
      this.#operations.push({ do: 'update-destination', service, destination: atWeightZero });
    }
    this.#draining.push({ service: serviceText, destination, connections });
    return { change: 'drain', destination, fields: destinationDifferences(current, atWeightZero) };
  }

  #keepWeight(
    desired: NormalDestination,
    service: ServiceWithDestinations | undefined,
    current: Destination | undefined,
  ): NormalDestination {
    const { keepWeights = false, draining } = this.#options;
    if (service === undefined || current === undefined || desired.weight === current.weight) return desired;
    const keeps = typeof keepWeights === 'function' ? keepWeights(service, current) : keepWeights;
    if (!keeps) return desired;
    if (draining?.elapsed?.(serviceKeyText(service), destinationKeyText(current)) !== undefined)
      return desired;
    return { ...desired, weight: current.weight };
  }
}
