import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchmarkTable } from '../tables/benchmark-tables.ts';
import { type Datagrams, recordDatagrams } from '../tables/datagrams.ts';
import { newFakeKernel } from './fake-kernel-table.ts';
import { shareProcessorWith } from './one-processor.ts';
import type { CreatedTable } from './table-location.ts';

/** The process of the fake kernels. It does not keep this process alive. */
let child: ChildProcess | undefined;

/**
 * Creates a table in a fake kernel in another process, the same for all tables. It exists until the next one is
 * created. It is reached over NETLINK_USERSOCK: real sockets, but no privileges and no IPVS needed. Until it is closed,
 * this process shares a processor with it. Rejects if the process ends.
 */
export async function createFakeTable({ name }: BenchmarkTable): Promise<CreatedTable> {
  child ??= fork(fileURLToPath(new URL('./fake-kernel-process.js', import.meta.url)), { execArgv: [] });
  child.ref();
  child.channel?.ref();
  child.send(name);
  const listening = new AbortController();
  const { signal } = listening;
  const ended = once(child, 'exit', { signal }).then(([status]) => {
    throw new Error(`the process of the fake kernel ended with ${String(status)}`);
  });
  const [portId] = (await Promise.race([once(child, 'message', { signal }), ended])) as [number];
  listening.abort();
  child.unref();
  child.channel?.unref();
  const restoreAffinity = shareProcessorWith(child.pid!);
  return { location: { kind: 'fake', portId }, close: async () => restoreAffinity() };
}

/** Records the single dump of a benchmark table from a fake kernel in this process. */
export function recordFakeDump({ name }: BenchmarkTable): Datagrams {
  const kernel = newFakeKernel(name);
  return recordDatagrams(() => kernel.connect());
}
