import { Worker } from 'node:worker_threads';
import type { NetlinkSocket } from '../socket.ts';
import { READ_ROOM } from './destination-dumps.ts';
import type { DumpHelper } from './per-service.ts';
import { DUMPS_AT_A_TIME, type SharedDumps } from './shared-dumps.ts';

/** A thread that reads destinations on `socket`, which it then owns. */
export function startHelper(socket: NetlinkSocket, shared: SharedDumps): DumpHelper {
  const { fd: descriptor, portId } = socket;
  const workerData = { ...shared, descriptor, portId, room: READ_ROOM, atATime: DUMPS_AT_A_TIME };
  const worker = new Worker(new URL('./dump-thread.cjs', import.meta.url), { workerData });
  // What it has not read the other thread reads.
  worker.on('error', () => {});
  worker.unref();
  worker.once('exit', () => socket.close());
  return { portId, close: () => void worker.terminate() };
}
