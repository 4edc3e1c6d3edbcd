import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { sendTo } from '../../netlink/socket/libc.ts';
import { NetlinkSocket } from '../../netlink/socket/socket.ts';
import type { FakeKernelOptions } from '../fake-options.ts';
import type { StartMessage, StartResult } from './serve-entry.ts';

/** Options of {@link serveFakeKernel}. */
export interface ServeOptions {
  /** Options of the kernel. */
  readonly kernel?: FakeKernelOptions;
  /** Where it runs: in a worker thread or a child process. Default: `worker`. */
  readonly in?: 'worker' | 'process';
  /**
   * A module that exports `setUp(kernel, data)`, which is called in that thread or process before the first netlink
   * request, to fill the table or set the fake kernel's callbacks. The module must not call serveFakeKernel when loaded
   * (so do not pass a test file): each server would start another.
   */
  readonly setUp?: string | URL;
  /** The second parameter of `setUp`; must support structured clone. */
  readonly data?: unknown;
}

/** A fake kernel in another thread or process. It does not keep this process alive. */
export interface ServedFakeKernel {
  /** The port id to which clients connect, over NETLINK_USERSOCK. */
  readonly portId: number;
  /** Opens a socket to it, for `Ipvs.open({ transport })`. Throws a SystemCallError. */
  connect(): NetlinkSocket;
  /** Stops serving; resolves when the thread or process has ended. May be called several times. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const ENTRY = new URL(`./serve-entry${extname(import.meta.url)}`, import.meta.url);
const BAD_DESCRIPTOR = -1;

/**
 * Serves a fake kernel over NETLINK_USERSOCK, so that tests can use real netlink sockets without privileges.
 *
 * It runs in another thread or process, as a synchronous client in the same thread would block the thread that has
 * to answer it. Rejects if the socket cannot be opened or `setUp` fails.
 */
export async function serveFakeKernel(options: ServeOptions = {}): Promise<ServedFakeKernel> {
  const message: StartMessage = {
    kernel: options.kernel ?? {},
    setUp: options.setUp === undefined ? undefined : String(options.setUp),
    data: options.data,
  };
  const [result, close] = await (options.in === 'process' ? startProcess : startWorker)(message);
  if ('failure' in result) {
    await close();
    throw new Error(`the fake kernel cannot be served: ${result.failure}`);
  }
  const { portId } = result;
  return {
    portId,
    connect: () => NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: portId }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Started = [result: StartResult, close: () => Promise<void>];

async function startWorker(message: StartMessage): Promise<Started> {
  resolveSymbols();
  const worker = new Worker(ENTRY, { workerData: message, trackUnmanagedFds: false });
  const ended = once(worker, 'exit');
  const [result] = (await once(worker, 'message')) as [StartResult];
  worker.unref();
  const close = async (): Promise<void> => {
    worker.ref();
    worker.postMessage('stop');
    await ended;
  };
  return [result, close];
}

async function startProcess(message: StartMessage): Promise<Started> {
  const child = fork(fileURLToPath(ENTRY), { serialization: 'advanced', execArgv: [] });
  const ended = once(child, 'exit');
  child.send(message);
  const [result] = (await Promise.race([once(child, 'message'), died(ended)])) as [StartResult];
  child.unref();
  child.channel?.unref();
  const close = async (): Promise<void> => {
    child.ref();
    if (child.connected) child.send('stop');
    await ended;
  };
  return [result, close];
}

async function died(ended: Promise<unknown[]>): Promise<[StartResult]> {
  const [code, signal] = await ended;
  return [{ failure: `its process ended with ${String(signal ?? `exit code ${String(code)}`)}` }];
}

/**
 * Calls every libc function once before a worker does: two threads that resolve their first libc symbol
 * at the same time can crash the process.
 */
function resolveSymbols(): void {
  NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: null }).close();
  sendTo(BAD_DESCRIPTOR, new Uint8Array(0), 0);
}
