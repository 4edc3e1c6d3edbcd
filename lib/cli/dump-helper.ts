import { SHARE_ENV, Worker } from 'node:worker_threads';
import { HEADER_LENGTH, LITTLE_ENDIAN, MessageType } from '../../protocol/netlink/index.ts';
import type { NetlinkSocket } from '../netlink/socket/socket.ts';
import { READ_ROOM, SHORT } from './destination-dump.ts';
import { PORT_WORD } from './destination-requests.ts';
import type { DumpHelper } from './per-service.ts';
import { Answer, Control, ENDED, GROUP } from './shared-dumps.ts';

/** What the thread is told at its start, as it imports nothing. */
export interface HelperData {
  readonly descriptor: number;
  readonly portId: number;
  readonly dropsEnds: boolean;
  readonly room: number;
  readonly short: number;
  readonly group: number;
  readonly ended: number;
  readonly portWord: number;
  readonly Control: typeof Control;
  readonly Answer: typeof Answer;
  readonly netlink: {
    readonly HEADER_LENGTH: number;
    readonly DONE: number;
    readonly ERROR: number;
    readonly LITTLE_ENDIAN: boolean;
  };
}

/** Starts a thread that reads destinations on `socket`, which it then owns. */
export function startHelper(socket: NetlinkSocket): DumpHelper {
  const { fd: descriptor, portId, dropsEnds } = socket;
  const { DONE, ERROR } = MessageType;
  const workerData: HelperData = {
    descriptor,
    portId,
    dropsEnds,
    room: READ_ROOM,
    short: SHORT,
    group: GROUP,
    ended: ENDED,
    portWord: PORT_WORD,
    Control,
    Answer,
    netlink: { HEADER_LENGTH, DONE, ERROR, LITTLE_ENDIAN },
  };
  const worker = new Worker(new URL('./dump-thread.cjs', import.meta.url), { workerData, env: SHARE_ENV });
  // What it has not read the other thread reads.
  worker.on('error', () => {});
  worker.unref();
  worker.once('exit', () => socket.close());
  return {
    portId,
    begin: (shared) => worker.postMessage(shared),
    close: () => void worker.terminate(),
  };
}
