import { setImmediate as nextTurn } from 'node:timers/promises';
import { abortSignal, checkOptions, type OptionChecks, string } from '../../netlink/request/check-options.ts';
import { type ConnectionFilter, filterChecks, rowTest } from './connection-filter.ts';
import { type ByteSource, CONNECTIONS_FILE, ConnectionReader, fileSource } from './connection-reader.ts';
import type { ConnectionEntry } from './connection-row.ts';
import { type ProcOptions, procChecks } from './proc-file.ts';

/** Options of {@link connections}: a filter, and the file to read. */
export interface ConnectionsOptions extends ConnectionFilter, ProcOptions {
  /** Path of a copy of /proc/net/ip_vs_conn to read instead of the kernel's connection table. */
  readonly file?: string | undefined;
  /** Cancels reading with its reason. */
  readonly signal?: AbortSignal | undefined;
}

const connectionsChecks: OptionChecks<ConnectionsOptions> = {
  ...filterChecks,
  ...procChecks,
  file: string,
  signal: abortSignal,
};

/**
 * Yields the connections of IPVS while it reads /proc/net/ip_vs_conn or a copy of it, in constant memory. The caller
 * may stop at any time. {@link IpvsMethods.connections} does the same in the network namespace of an IPVS client.
 *
 * ```ts
 * for await (const { client, state } of connections({ virtual: { address: '192.0.2.1', port: 80 } }))
 *   console.log(client.address, state);
 * ```
 *
 * The connection table may change while it is read: connections that are added or removed meanwhile may be included or
 * not, and others may be missing or repeated.
 *
 * Throws a FieldError for invalid options. Rejects with a SystemCallError, such as ENOENT if the module is not loaded
 * or EACCES without root; with a DecodeError for an unknown format; with the reason of the signal.
 */
export function connections(options: ConnectionsOptions = {}): AsyncGenerator<ConnectionEntry, void, void> {
  checkOptions(options, connectionsChecks);
  return readConnections(options);
}

async function* readConnections({
  file = CONNECTIONS_FILE,
  netns,
  signal,
  ...filter
}: ConnectionsOptions): AsyncGenerator<ConnectionEntry, void, void> {
  signal?.throwIfAborted();
  for (const entries of connectionChunks(fileSource(file, { netns }), filter)) {
    for (const entry of entries) yield entry;
    await nextTurn();
    signal?.throwIfAborted();
  }
}

/** Yields the connections that match a filter, in an array for each chunk that is read. Closes the source. */
export function* connectionChunks(
  source: ByteSource,
  filter: ConnectionFilter,
): Generator<ConnectionEntry[], void, void> {
  const test = rowTest(filter);
  const reader = new ConnectionReader(source);
  const { row } = reader;
  let entries: ConnectionEntry[] = [];
  let bufferedBefore = 0;
  try {
    while (reader.next()) {
      const { buffered } = reader;
      // More bytes than before: another chunk was read.
      if (buffered > bufferedBefore) {
        yield entries;
        entries = [];
      }
      bufferedBefore = buffered;
      if (test === undefined || test(row)) entries.push(row.entry());
    }
    yield entries;
  } finally {
    reader.close();
  }
}
