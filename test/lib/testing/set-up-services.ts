import type { FakeKernel } from '../../../lib/testing/index.ts';
import { destination, service } from './raw-client.ts';

/** What a served kernel is filled with: called in its worker or process. */
export function setUp(kernel: FakeKernel, count: unknown): void {
  for (let port = 1; port <= Number(count); port++) kernel.state.addService(service(port), [destination(1)]);
}
