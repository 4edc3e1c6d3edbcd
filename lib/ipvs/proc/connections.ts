import { setImmediate as turn } from 'node:timers/promises';
import { abortSignal, checkOptions, type OptionChecks, text } from '../../netlink/request/check-options.ts';
import { type ConnectionFilter, filterChecks, rowTest } from './connection-filter.ts';
import { CONNECTIONS_FILE, ConnectionReader, fileSource } from './connection-reader.ts';
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
 * The connections of IPVS, from /proc/net/ip_vs_conn, one by one as they are read: memory does not grow with their
 * number. It may be left at any time.
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
  const test = rowTest(filter);
  const reader = new ConnectionReader(fileSource(file, { netns }));
  const { row } = reader;
  try {
    let before = 0;
    while (reader.next()) {
      if (test === undefined || test(row)) yield row.entry();
      const left = reader.buffered;
      // A chunk was read: others have their turn.
      if (left > before) {
        await turn();
        signal?.throwIfAborted();
      }
      before = left;
    }
  } finally {
    reader.close();
  }
}
