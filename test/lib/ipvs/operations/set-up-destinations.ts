import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { destination, service } from '../../testing/raw-client.ts';

/** Fills the table of a fake kernel: one service for each number of `counts`, with that many destinations. */
export function setUp(kernel: FakeKernel, counts: unknown): void {
  for (const [index, count] of (counts as readonly number[]).entries())
    kernel.state.addService(
      service(1 + index),
      Array.from({ length: count }, (_, number) => destination(number)),
    );
}
