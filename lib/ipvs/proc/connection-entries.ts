import { constants } from 'node:os';
import { type RequestOptions, requestChecks } from '../../netlink/connection/lifetime.ts';
import { SystemCallError } from '../../netlink/errors.ts';
import type { OptionChecks } from '../../netlink/request/check-options.ts';
import { NOOP } from '../../netlink/request/noop.ts';
import { CANCELLATION_POINT, Delivery, type Operation, perform } from '../../netlink/request/operation.ts';
import { type ConnectionFilter, filterChecks } from './connection-filter.ts';
import { CONNECTIONS_FILE } from './connection-reader.ts';
import type { ConnectionEntry } from './connection-row.ts';
import { connectionChunks } from './connections.ts';
import type { KernelFiles } from './kernel-files.ts';

/** Options of `IpvsMethods.connections`: a filter, a deadline and a signal. */
export interface ConnectionEntriesOptions extends ConnectionFilter, RequestOptions {}

export const connectionsChecks: OptionChecks<ConnectionEntriesOptions> = {
  ...filterChecks,
  ...requestChecks,
};

/** Delivers the entries of the connection table that match a filter. */
export function* connectionEntries(
  { openConnectionsFile }: KernelFiles,
  { deadline, signal, ...filter }: ConnectionEntriesOptions,
): Operation<void, ConnectionEntry> {
  /** Fails if the deadline has passed, the signal is aborted or the netlink connection is closed. */
  const failIfEnded = function* (): Operation<void> {
    // This request is not sent: it fails with the error of whatever ended the operation.
    if (!(yield CANCELLATION_POINT)) yield* perform({ ...NOOP, command: 'read', object: CONNECTIONS_FILE });
  };
  yield* failIfEnded();
  if (openConnectionsFile === undefined)
    throw new SystemCallError(
      'open',
      constants.errno.ENOENT,
      CONNECTIONS_FILE,
      'connections need a client that was opened without a transport, or with that of a fake kernel',
    );
  for (const entries of connectionChunks(openConnectionsFile(), filter)) {
    yield new Delivery(entries);
    yield* failIfEnded();
  }
}
