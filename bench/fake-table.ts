import type { FakeKernel } from '../lib/testing/index.ts';
import { destinationValues, serviceValues } from '../protocol/index.ts';
import { tableOf, type Workload } from './workloads.ts';

/** Fills a fake kernel with a workload; runs where it is served. */
export function setUp(kernel: FakeKernel, workload: Workload): void {
  for (const [service, destinations] of tableOf(workload)) {
    kernel.state.addService(serviceValues(service), destinations.map(destinationValues));
  }
}
