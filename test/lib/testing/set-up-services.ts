import type { FakeKernel } from '../../../lib/testing/index.ts';
import { destination, service } from './raw-client.ts';

/** Adds `count` services to a served kernel; called in its worker or process. */
export function setUp(kernel: FakeKernel, count: unknown): void {
  for (let port = 1; port <= Number(count); port++) kernel.state.addService(service(port), [destination(1)]);
}
