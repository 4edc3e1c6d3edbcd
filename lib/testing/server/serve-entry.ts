import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { FakeKernel } from '../fake-kernel.ts';
import type { FakeKernelOptions } from '../fake-options.ts';
import { KernelServer } from './kernel-server.ts';

/** The message to the worker thread or process: the options of the fake kernel to serve. */
export interface ServeRequest {
  readonly kernel: FakeKernelOptions;
  /** URL of a module that exports `setUp(kernel, data)`. */
  readonly setUp: string | undefined;
  readonly data: unknown;
}

/** The reply of the thread or process: the port id, or the error. */
export type ServeAnswer = { readonly portId: number } | { readonly failure: string };

async function serve(
  request: ServeRequest,
  answer: (message: ServeAnswer) => void,
  onStop: (stop: () => void) => void,
): Promise<void> {
  let server: KernelServer;
  try {
    const kernel = new FakeKernel(request.kernel);
    if (request.setUp !== undefined) {
      const { setUp } = (await import(request.setUp)) as {
        setUp: (kernel: FakeKernel, data: unknown) => unknown;
      };
      await setUp(kernel, request.data);
    }
    server = new KernelServer(kernel);
  } catch (error) {
    answer({ failure: String(error) });
    return;
  }
  onStop(() => server.stop());
  answer({ portId: server.portId });
  await server.run();
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  await serve(
    workerData as ServeRequest,
    (message) => port.postMessage(message),
    (stop) => port.once('message', stop),
  );
  port.close();
} else if (process.send !== undefined) {
  process.once('message', async (request: ServeRequest) => {
    await serve(
      request,
      (message) => process.send?.(message),
      (stop) => {
        process.once('message', stop);
        process.once('disconnect', stop);
      },
    );
    if (process.connected) process.disconnect();
  });
}
