import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { grid } from '../../../conformance/dumps.ts';

/** Fills a served kernel: services of 0 to `most` destinations, in turn. */
export function setUp(kernel: FakeKernel, data: unknown): void {
  const { services, most } = data as { readonly services: number; readonly most: number };
  for (const [index, [service, destinations]] of grid(services, most).entries())
    kernel.state.addService(service, destinations.slice(0, index % (most + 1)));
}
