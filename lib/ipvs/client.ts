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
import { Connection, type RequestOptions } from '../netlink/connection/connection.ts';
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
 * IPVS, with promises, any number of requests at a time and without holding the event loop for
 * long; see {@link IpvsMethods} for what the methods do and reject with.
 */
export class Ipvs implements IpvsMethods<'async'> {
  readonly #connection: Connection;
  readonly #context: operations.Context = { families: new FamilyDirectory() };

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Opens a client. Rejects with a SystemCallError when the socket or the namespace cannot be had. */
  static async open(options: OpenOptions = {}): Promise<Ipvs> {
    return new Ipvs(new Connection(openTransport(options), { attempts: options.attempts }));
  }

  /** What has been sent and received so far. */
  get stats(): ConnectionStatistics {
    return this.#connection.stats;
  }

  async info(options?: RequestOptions): Promise<Info> {
    return this.#run(operations.info(this.#context), options);
  }

  async dump(options: DumpOptions = {}): Promise<Dump> {
    const before = { ...this.stats };
    const table = await this.#run(operations.dump(this.#context, options), options);
    return { ...table, ...costOf(before, this.stats) };
  }

  async *stream(options: DumpOptions = {}): AsyncGenerator<ServiceWithDestinations, void, void> {
    const strategy = await this.#run(operations.chooseStrategy(this.#context, options), options);
    if (strategy === 'single') {
      const assembler = new ServiceAssembler({ merge: false });
      const call = await this.#run(
        operations.callTo(this.#context, requests.getServicesWithDestinations(assembler, options.service)),
      );
      for await (const _datagram of this.#connection.dump(call, options)) yield* assembler.take();
      yield* assembler.rest();
      return;
    }
    for (const received of await this.#run(
      operations.listServices(this.#context, options.service),
      options,
    )) {
      const whole = await this.#run(operations.withDestinations(this.#context, received), options);
      if (whole !== undefined) yield whole;
    }
  }

  async services(options?: RequestOptions): Promise<Service[]> {
    return this.#run(operations.services(this.#context), options);
  }

  async service(key: ServiceKey, options?: RequestOptions): Promise<Service> {
    return this.#run(operations.service(this.#context, key), options);
  }

  async destinations(key: ServiceKey, options?: RequestOptions): Promise<Destination[]> {
    return this.#run(operations.destinations(this.#context, key), options);
  }

  async addService(service: ServiceDefinition, options?: RequestOptions): Promise<void> {
    await this.#run(operations.addService(this.#context, service), options);
  }

  async updateService(service: ServiceDefinition, options?: RequestOptions): Promise<void> {
    await this.#run(operations.updateService(this.#context, service), options);
  }

  async deleteService(key: ServiceKey, options?: RequestOptions): Promise<void> {
    await this.#run(operations.deleteService(this.#context, key), options);
  }

  async addDestination(
    service: ServiceKey,
    destination: DestinationDefinition,
    options?: RequestOptions,
  ): Promise<void> {
    await this.#run(operations.addDestination(this.#context, service, destination), options);
  }

  async updateDestination(
    service: ServiceKey,
    destination: DestinationDefinition,
    options?: RequestOptions,
  ): Promise<void> {
    await this.#run(operations.updateDestination(this.#context, service, destination), options);
  }

  async deleteDestination(
    service: ServiceKey,
    destination: DestinationKey,
    options?: RequestOptions,
  ): Promise<void> {
    await this.#run(operations.deleteDestination(this.#context, service, destination), options);
  }

  async zero(service?: ServiceKey, options?: RequestOptions): Promise<void> {
    await this.#run(operations.zero(this.#context, service), options);
  }

  async flush(options?: RequestOptions): Promise<void> {
    await this.#run(operations.flush(this.#context), options);
  }

  async timeouts(options?: RequestOptions): Promise<Timeouts> {
    return this.#run(operations.timeouts(this.#context), options);
  }

  async setTimeouts(timeouts: Timeouts, options?: RequestOptions): Promise<void> {
    await this.#run(operations.setTimeouts(this.#context, timeouts), options);
  }

  async daemons(options?: RequestOptions): Promise<Daemon[]> {
    return this.#run(operations.daemons(this.#context), options);
  }

  async startDaemon(daemon: Daemon, options?: RequestOptions): Promise<void> {
    await this.#run(operations.startDaemon(this.#context, daemon), options);
  }

  async stopDaemon(daemon: Pick<Daemon, 'role' | 'syncId'>, options?: RequestOptions): Promise<void> {
    await this.#run(operations.stopDaemon(this.#context, daemon), options);
  }

  async batch(operations: readonly BatchOperation[], options?: RequestOptions): Promise<Outcome<void>[]> {
    return this.#run(batch(this.#context, operations, options?.signal), options);
  }

  async plan(desired: DesiredState, options: ClientPlanOptions = {}): Promise<Plan> {
    return this.#run(planFor(this.#context, desired, options), options);
  }

  async apply(plan: Plan, options: ApplyOptions = {}): Promise<ApplyResult> {
    return this.#run(apply(this.#context, plan, options), options);
  }

  /** Gives the socket back; harmless when repeated. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run<Result>(operation: Operation<Result>, options: RequestOptions = {}): Promise<Result> {
    return this.#connection.perform(operation, options);
  }
}
