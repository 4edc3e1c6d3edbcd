import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { FakeKernel } from '../fake-kernel.ts';
import type { FakeKernelOptions } from '../fake-options.ts';
import { KernelServer } from './kernel-server.ts';

/** The message to the worker thread or process: the options of the fake kernel to serve. */
export interface StartMessage {
  readonly kernel: FakeKernelOptions;
  /** URL of a module that exports `setUp(kernel, data)`. */
  readonly setUp: string | undefined;
  readonly data: unknown;
}

/** The message from the thread or process when it has started: the port id, or why it could not start. */
export type StartResult = { readonly portId: number } | { readonly failure: string };

async function serve(
  message: StartMessage,
  report: (result: StartResult) => void,
  onStop: (stop: () => void) => void,
): Promise<void> {
  let server: KernelServer;
  try {
    const kernel = new FakeKernel(message.kernel);
    if (message.setUp !== undefined) {
      const { setUp } = (await import(message.setUp)) as {
        setUp: (kernel: FakeKernel, data: unknown) => unknown;
      };
      await setUp(kernel, message.data);
    }
    server = new KernelServer(kernel);
  } catch (error) {
    report({ failure: String(error) });
    return;
  }
  onStop(() => server.stop());
  report({ portId: server.portId });
  await server.run();
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  await serve(
    workerData as StartMessage,
    (result) => port.postMessage(result),
    (stop) => port.once('message', stop),
  );
  port.close();
} else if (process.send !== undefined) {
  process.once('message', async (message: StartMessage) => {
    await serve(
      message,
      (result) => process.send?.(result),
      (stop) => {
        process.once('message', stop);
        process.once('disconnect', stop);
      },
    );
    if (process.connected) process.disconnect();
  });
}
