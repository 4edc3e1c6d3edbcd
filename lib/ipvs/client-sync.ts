import {
  type Daemon,
  type Destination,
  type DestinationDefinition,
  type DestinationKey,
  type Info,
  type Service,
  ServiceAssembler,
  type ServiceDefinition,
  type ServiceKey,
  type ServiceWithDestinations,
  type Timeouts,
} from '../../protocol/ipvs/index.ts';
import type { RequestOptions } from '../netlink/connection/connection.ts';
import { ConnectionSync } from '../netlink/connection/connection-sync.ts';
import type { ConnectionStatistics } from '../netlink/exchange/statistics.ts';
import { FamilyDirectory } from '../netlink/families/family-directory.ts';
import type { Operation } from '../netlink/request/operation.ts';
import type { Outcome } from '../netlink/request/outcome.ts';
import { batch } from './batch.ts';
import type { BatchOperation } from './batch-operations.ts';
import { costOf, type Dump, type DumpOptions } from './dump.ts';
import type { IpvsMethods } from './methods.ts';
import { type OpenOptions, openTransport } from './open.ts';
import * as operations from './operations.ts';
import { type ApplyOptions, type ApplyResult, apply, type ClientPlanOptions, planFor } from './plan/apply.ts';
import type { DesiredState } from './plan/desired-state.ts';
import type { Plan } from './plan/plan.ts';
import * as requests from './requests.ts';

/**
 * IPVS, synchronously: for scripts, command lines and measurements. Every method returns when the
 * kernel has answered; see {@link IpvsMethods} for what they do and throw.
 */
export class IpvsSync implements IpvsMethods<'sync'> {
  readonly #connection: ConnectionSync;
  readonly #context: operations.Context = { families: new FamilyDirectory() };

  private constructor(connection: ConnectionSync) {
    this.#connection = connection;
  }

  /** Opens a client. Throws a SystemCallError when the socket or the namespace cannot be had. */
  static open(options: OpenOptions = {}): IpvsSync {
    return new IpvsSync(new ConnectionSync(openTransport(options), { attempts: options.attempts }));
  }

  /** What has been sent and received so far. */
  get stats(): ConnectionStatistics {
    return this.#connection.stats;
  }

  info(options?: RequestOptions): Info {
    return this.#run(operations.info(this.#context), options);
  }

  dump(options: DumpOptions = {}): Dump {
    const before = { ...this.stats };
    const table = this.#run(operations.dump(this.#context, options), options);
    return { ...table, ...costOf(before, this.stats) };
  }

  *stream(options: DumpOptions = {}): Generator<ServiceWithDestinations, void, void> {
    const strategy = this.#run(operations.chooseStrategy(this.#context, options), options);
    if (strategy === 'single') {
      const assembler = new ServiceAssembler({ merge: false });
      const call = this.#run(
        operations.callTo(this.#context, requests.getServicesWithDestinations(assembler, options.service)),
      );
      for (const _datagram of this.#connection.dump(call, options)) yield* assembler.take();
      yield* assembler.rest();
      return;
    }
    for (const received of this.#run(operations.listServices(this.#context, options.service), options)) {
      const whole = this.#run(operations.withDestinations(this.#context, received), options);
      if (whole !== undefined) yield whole;
    }
  }

  services(options?: RequestOptions): Service[] {
    return this.#run(operations.services(this.#context), options);
  }

  service(key: ServiceKey, options?: RequestOptions): Service {
    return this.#run(operations.service(this.#context, key), options);
  }

  destinations(key: ServiceKey, options?: RequestOptions): Destination[] {
    return this.#run(operations.destinations(this.#context, key), options);
  }

  addService(service: ServiceDefinition, options?: RequestOptions): void {
    this.#run(operations.addService(this.#context, service), options);
  }

  updateService(service: ServiceDefinition, options?: RequestOptions): void {
    this.#run(operations.updateService(this.#context, service), options);
  }

  deleteService(key: ServiceKey, options?: RequestOptions): void {
    this.#run(operations.deleteService(this.#context, key), options);
  }

  addDestination(service: ServiceKey, destination: DestinationDefinition, options?: RequestOptions): void {
    this.#run(operations.addDestination(this.#context, service, destination), options);
  }

  updateDestination(service: ServiceKey, destination: DestinationDefinition, options?: RequestOptions): void {
    this.#run(operations.updateDestination(this.#context, service, destination), options);
  }

  deleteDestination(service: ServiceKey, destination: DestinationKey, options?: RequestOptions): void {
    this.#run(operations.deleteDestination(this.#context, service, destination), options);
  }

  zero(service?: ServiceKey, options?: RequestOptions): void {
    this.#run(operations.zero(this.#context, service), options);
  }

  flush(options?: RequestOptions): void {
    this.#run(operations.flush(this.#context), options);
  }

  timeouts(options?: RequestOptions): Timeouts {
    return this.#run(operations.timeouts(this.#context), options);
  }

  setTimeouts(timeouts: Timeouts, options?: RequestOptions): void {
    this.#run(operations.setTimeouts(this.#context, timeouts), options);
  }

  daemons(options?: RequestOptions): Daemon[] {
    return this.#run(operations.daemons(this.#context), options);
  }

  startDaemon(daemon: Daemon, options?: RequestOptions): void {
    this.#run(operations.startDaemon(this.#context, daemon), options);
  }

  stopDaemon(daemon: Pick<Daemon, 'role' | 'syncId'>, options?: RequestOptions): void {
    this.#run(operations.stopDaemon(this.#context, daemon), options);
  }

  batch(operations: readonly BatchOperation[], options?: RequestOptions): Outcome<void>[] {
    return this.#run(batch(this.#context, operations, options?.signal), options);
  }

  plan(desired: DesiredState, options: ClientPlanOptions = {}): Plan {
    return this.#run(planFor(this.#context, desired, options), options);
  }

  apply(plan: Plan, options: ApplyOptions = {}): ApplyResult {
    return this.#run(apply(this.#context, plan, options), options);
  }

  /** Gives the socket back; harmless when repeated. */
  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #run<Result>(operation: Operation<Result>, options: RequestOptions = {}): Result {
    options.signal?.throwIfAborted();
    return this.#connection.perform(operation, options);
  }
}
