import { constants } from 'node:os';
import { Lifetime, type RequestOptions, requestChecks } from '../../netlink/connection/lifetime.ts';
import { ClosedError, SystemCallError } from '../../netlink/errors.ts';
import type { OptionChecks } from '../../netlink/request/check-options.ts';
import { Delivery, type Operation, TURN } from '../../netlink/request/operation.ts';
import { type ConnectionFilter, filterChecks } from './connection-filter.ts';
import { CONNECTIONS_FILE } from './connection-reader.ts';
import type { ConnectionEntry } from './connection-row.ts';
import { connectionChunks } from './connections.ts';
import type { KernelFiles } from './kernel-files.ts';

/** Which connections a client reads. */
export interface ClientConnectionsOptions extends ConnectionFilter, RequestOptions {}

export const clientConnectionsChecks: OptionChecks<ClientConnectionsOptions> = {
  ...filterChecks,
  ...requestChecks,
};

/** The connections behind a client that pass a filter. */
export function* clientConnections(
  { openConnections }: KernelFiles,
  { deadline, signal, ...filter }: ClientConnectionsOptions,
): Operation<void, ConnectionEntry> {
  const lifetime = new Lifetime({ deadline, signal });
  const goOn = function* (): Operation<void> {
    if (yield TURN) return;
    throw lifetime.over
      ? lifetime.errorFor({ command: 'read', object: CONNECTIONS_FILE })
      : new ClosedError('the connection');
  };
  yield* goOn();
  if (openConnections === undefined)
    throw new SystemCallError(
      'open',
      constants.errno.ENOENT,
      CONNECTIONS_FILE,
      'connections are those of the running kernel or of a fake one; here is neither',
    );
  for (const entries of connectionChunks(openConnections(), filter)) {
    yield new Delivery(entries);
    yield* goOn();
  }
}
