import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { sendTo } from '../../netlink/socket/libc.ts';
import { NetlinkSocket } from '../../netlink/socket/socket.ts';
import type { FakeKernelOptions } from '../fake-options.ts';
import type { ServeAnswer, ServeRequest } from './serve-entry.ts';

/** How a fake kernel is served. */
export interface ServeOptions {
  /** What kind of kernel. */
  readonly kernel?: FakeKernelOptions;
  /** A thread of this process (the default) or a process of its own. */
  readonly in?: 'worker' | 'process';
  /**
   * A module that exports `setUp(kernel, data)`: fills the table, sets hooks. It is called there
   * before the first request. It must not be a module that serves a kernel itself when loaded, such
   * as the test: that would start servers without end.
   */
  readonly setUp?: string | URL;
  /** What `setUp` is given; must survive a structured clone. */
  readonly data?: unknown;
}

/** A fake kernel that others can reach. Neither it nor its thread keeps the process alive. */
export interface ServedFakeKernel {
  /** What clients connect to, over NETLINK_USERSOCK. */
  readonly portId: number;
  /** A socket that speaks to it, for `Ipvs.open({ transport })`. Throws a SystemCallError. */
  connect(): NetlinkSocket;
  /** Stops serving; resolves when thread or process have ended. Harmless when repeated. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const ENTRY = new URL(`./serve-entry${extname(import.meta.url)}`, import.meta.url);
const BAD_DESCRIPTOR = -1;

/**
 * Serves a fake kernel over NETLINK_USERSOCK, so that the real socket path runs anywhere without rights.
 *
 * Client and server may not share a thread: a synchronous client would wait for itself. Rejects when the
 * socket cannot be opened or `setUp` fails.
 */
export async function serveFakeKernel(options: ServeOptions = {}): Promise<ServedFakeKernel> {
  const request: ServeRequest = {
    kernel: options.kernel ?? {},
    setUp: options.setUp === undefined ? undefined : String(options.setUp),
    data: options.data,
  };
  const [answer, close] = await (options.in === 'process' ? startProcess : startWorker)(request);
  if ('failure' in answer) {
    await close();
    throw new Error(`the fake kernel cannot be served: ${answer.failure}`);
  }
  const { portId } = answer;
  return {
    portId,
    connect: () => NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: portId }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Started = [answer: ServeAnswer, close: () => Promise<void>];

async function startWorker(request: ServeRequest): Promise<Started> {
  resolveSymbols();
  const worker = new Worker(ENTRY, { workerData: request, trackUnmanagedFds: false });
  const ended = once(worker, 'exit');
  const [answer] = (await once(worker, 'message')) as [ServeAnswer];
  worker.unref();
  const close = async (): Promise<void> => {
    worker.ref();
    worker.postMessage('stop');
    await ended;
  };
  return [answer, close];
}

async function startProcess(request: ServeRequest): Promise<Started> {
  const child = fork(fileURLToPath(ENTRY), { serialization: 'advanced', execArgv: [] });
  const ended = once(child, 'exit');
  child.send(request);
  const [answer] = (await Promise.race([once(child, 'message'), died(ended)])) as [ServeAnswer];
  child.unref();
  child.channel?.unref();
  const close = async (): Promise<void> => {
    child.ref();
    if (child.connected) child.send('stop');
    await ended;
  };
  return [answer, close];
}

async function died(ended: Promise<unknown[]>): Promise<[ServeAnswer]> {
  const [code] = await ended;
  return [{ failure: `its process ended with ${String(code)}` }];
}

/**
 * Looks up every libc function before a worker uses one: two threads that look up the first one at the same
 * time can crash the process.
 */
function resolveSymbols(): void {
  NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: null }).close();
  sendTo(BAD_DESCRIPTOR, new Uint8Array(0), 0);
}
