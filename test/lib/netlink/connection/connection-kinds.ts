import { Connection } from '../../../../lib/netlink/connection/connection.ts';
import type { ConnectionOptions } from '../../../../lib/netlink/connection/connection-options.ts';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import type { RequestOptions } from '../../../../lib/netlink/connection/lifetime.ts';
import type { ConnectionStatistics } from '../../../../lib/netlink/exchange/statistics.ts';
import type { Call } from '../../../../lib/netlink/request/call.ts';
import type { Operation } from '../../../../lib/netlink/request/operation.ts';
import type { Outcome } from '../../../../lib/netlink/request/outcome.ts';
import type { Transport } from '../../../../lib/netlink/socket/transport.ts';

/** The methods of `Connection` and `ConnectionSync`, with promises for both. */
export interface AnyConnection {
  readonly stats: ConnectionStatistics;
  run<Result>(call: Call<Result>, options?: RequestOptions): Promise<Result>;
  runAll<Result>(calls: readonly Call<Result>[], options?: RequestOptions): Promise<Outcome<Result>[]>;
  perform<Result>(operation: Operation<Result>, options?: RequestOptions): Promise<Result>;
  stream<Item>(operation: Operation<unknown, Item>, options?: RequestOptions): AsyncIterable<Item>;
  dump<C extends Call<unknown>>(call: C, options?: RequestOptions): AsyncIterable<C>;
  close(): Promise<void>;
}

async function* iterate<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

/** Both connection classes, for tests that each of them must pass. */
export const connectionKinds: readonly {
  readonly name: string;
  readonly connect: (transport: Transport, options?: ConnectionOptions) => AnyConnection;
}[] = [
  { name: 'Connection', connect: (transport, options) => new Connection(transport, options) },
  {
    name: 'ConnectionSync',
    connect: (transport, options) => {
      const connection = new ConnectionSync(transport, options);
      return {
        stats: connection.stats,
        run: async (call, settings) => connection.run(call, settings),
        runAll: async (calls, settings) => connection.runAll(calls, settings),
        perform: async (operation, settings) => connection.perform(operation, settings),
        stream: (operation, settings) => iterate(connection.stream(operation, settings)),
        dump: (call, settings) => iterate(connection.dump(call, settings)),
        close: async () => connection.close(),
      };
    },
  },
];
