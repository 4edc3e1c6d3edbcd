import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { destination, service } from '../../testing/raw-client.ts';

/** How many services the fake kernel has, and how many of its dumps of 20 datagrams or more a change interrupts. */
export interface TableSetUp {
  readonly services: number;
  readonly interruptedDumps?: number;
}

/** Called in the thread or process in which the fake kernel runs. */
export function setUp(kernel: FakeKernel, data: unknown): void {
  const { services, interruptedDumps = 0 } = data as TableSetUp;
  for (let port = 1; port <= services; port++) kernel.state.addService(service(port), [destination(1)]);
  let remaining = interruptedDumps;
  let port = services;
  kernel.onDumpPart = (number) => {
    if (number !== 20 || remaining === 0) return;
    remaining--;
    kernel.state.addService(service(++port), [destination(1)]);
  };
}
