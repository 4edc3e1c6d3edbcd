import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { destination, service } from '../../testing/raw-client.ts';

/** The number of services of a served kernel, and how many of its long dumps are interrupted by a change. */
export interface TableSetUp {
  readonly services: number;
  readonly interruptedDumps?: number;
}

/** Called in the thread or process of the kernel. */
export function setUp(kernel: FakeKernel, data: unknown): void {
  const { services, interruptedDumps = 0 } = data as TableSetUp;
  for (let port = 1; port <= services; port++) kernel.state.addService(service(port), [destination(1)]);
  let remaining = interruptedDumps;
  let port = services;
  kernel.onDumpPart = (part) => {
    if (part !== 20 || remaining === 0) return;
    remaining--;
    kernel.state.addService(service(++port), [destination(1)]);
  };
}
