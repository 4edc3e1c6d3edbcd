import { setImmediate as turn } from 'node:timers/promises';
import { abortSignal, checkOptions, type OptionChecks, text } from '../../netlink/request/check-options.ts';
import { type ConnectionFilter, filterChecks, rowTest } from './connection-filter.ts';
import { type ByteSource, CONNECTIONS_FILE, ConnectionReader, fileSource } from './connection-reader.ts';
import type { ConnectionEntry } from './connection-row.ts';
import { type ProcOptions, procChecks } from './proc-file.ts';

/** Which connections are read, and where. */
export interface ConnectionsOptions extends ConnectionFilter, ProcOptions {
  /** A copy of /proc/net/ip_vs_conn to be read in place of the kernel's table. */
  readonly file?: string | undefined;
  /** Ends the reading with its reason. */
  readonly signal?: AbortSignal | undefined;
}

const connectionsChecks: OptionChecks<ConnectionsOptions> = {
  ...filterChecks,
  ...procChecks,
  file: text,
  signal: abortSignal,
};

/**
 * The connections of IPVS, from /proc/net/ip_vs_conn or a copy of it, one by one as they are read: memory does not grow
 * with their number. It may be left at any time. {@link IpvsMethods.connections} gives those of a client's table.
 *
 * ```ts
 * for await (const { client, state } of connections({ virtual: { address: '192.0.2.1', port: 80 } }))
 *   console.log(client.address, state);
 * ```
 *
 * The kernel writes the table while it is read: a connection that comes or goes meanwhile may be there or not, and one
 * that stays may be missing or come twice.
 *
 * Throws a FieldError for bad options. Rejects with a SystemCallError: ENOENT where the module is not loaded, EACCES
 * without root; with a DecodeError for a file of another form; with the reason of the signal.
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
    await turn();
    signal?.throwIfAborted();
  }
}

/** The connections that pass a filter, in an array for each chunk of bytes; it closes the source. */
export function* connectionChunks(
  source: ByteSource,
  filter: ConnectionFilter,
): Generator<ConnectionEntry[], void, void> {
  const test = rowTest(filter);
  const reader = new ConnectionReader(source);
  const { row } = reader;
  let entries: ConnectionEntry[] = [];
  let before = 0;
  try {
    while (reader.next()) {
      const left = reader.buffered;
      // Another chunk was read.
      if (left > before) {
        yield entries;
        entries = [];
      }
      before = left;
      if (test === undefined || test(row)) entries.push(row.entry());
    }
    yield entries;
  } finally {
    reader.close();
  }
}
