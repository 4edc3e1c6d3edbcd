import type { Connection } from '../../netlink/connection/connection.ts';
import type { ConnectionSync } from '../../netlink/connection/connection-sync.ts';
import type { RequestOptions } from '../../netlink/connection/lifetime.ts';
import type { ConnectionStatistics } from '../../netlink/exchange/statistics.ts';
import { FamilyDirectory } from '../../netlink/families/family-directory.ts';
import type { Operation } from '../../netlink/request/operation.ts';
import type { Transport } from '../../netlink/socket/transport.ts';
import type { IpvsMethods, MethodName } from '../methods.ts';
import type { Context } from '../operations/context.ts';
import { operationOf, operations, requestOptions } from '../operations/index.ts';
import { kernelFiles } from '../proc/kernel-files.ts';
import type { OpenOptions } from './open.ts';

/** The methods that return a stream. */
const STREAMS: ReadonlySet<MethodName> = new Set(['stream', 'watch', 'connections']);

/** An operation that throws an error. */
// biome-ignore lint/correctness/useYield: it sends no request
function* failWith(error: unknown): Operation<never> {
  throw error;
}

/** The base class of both clients: the connection, and the methods, which are added to its prototype. */
class Base<C extends Connection | ConnectionSync> {
  readonly #connection: C;
  readonly #context: Context;

  constructor(connection: C, transport: Transport, options: OpenOptions) {
    this.#connection = connection;
    const files = kernelFiles(options.transport, options.netns);
    this.#context = { ...files, families: new FamilyDirectory(), statistics: connection.stats, transport };
  }

  /** Counters of the connection. */
  get stats(): ConnectionStatistics {
    return this.#connection.stats;
  }

  /**
   * Closes the socket and fails pending requests with a `ClosedError`; has no effect if it is closed already.
   */
  close(): ReturnType<C['close']> {
    return this.#connection.close() as ReturnType<C['close']>;
  }

  static {
    for (const name of Object.keys(operations) as MethodName[]) {
      const { [name]: method } = {
        [name](this: Base<Connection | ConnectionSync>, ...parameters: unknown[]): unknown {
          let operation: Operation<unknown, unknown>;
          let options: RequestOptions | undefined;
          try {
            options = requestOptions(name, parameters);
            operation = operationOf(this.#context, name, parameters);
          } catch (error) {
            operation = failWith(error);
          }
          if (STREAMS.has(name)) return this.#connection.stream(operation, options);
          return this.#connection.perform(operation as Operation<unknown>, options);
        },
      };
      Object.defineProperty(Base.prototype, name, { value: method, writable: true, configurable: true });
    }
  }
}

/** The base class of a client whose methods return their results. */
export const SyncClient: new (
  connection: ConnectionSync,
  transport: Transport,
  options: OpenOptions,
) => Base<ConnectionSync> & IpvsMethods<'sync'> = Base as never;

/** The base class of a client whose methods return promises. */
export const AsyncClient: new (
  connection: Connection,
  transport: Transport,
  options: OpenOptions,
) => Base<Connection> & IpvsMethods<'async'> = Base as never;
