import type { FakeKernel } from '../../lib/testing/index.ts';
import { counterNames, destinationValues, serviceValues } from '../../protocol/index.ts';
import { Random } from '../sampling/random.ts';
import { workloadNamed } from '../tables/workloads.ts';

const SEED = 7;

/**
 * Fills a fake kernel with a workload and random counters. It is called in the process of the fake kernel.
 */
export function setUp(kernel: FakeKernel, name: string): void {
  const { state } = kernel;
  const random = new Random(SEED);
  const counters = (): { readonly [counter: string]: bigint } =>
    Object.fromEntries(
      counterNames.map((counter) => [counter, BigInt(random.next()) << BigInt(random.below(16))]),
    );
  for (const [definition, members] of workloadNamed(name).table()) {
    const service = serviceValues(definition);
    state.addService(service);
    state.setServiceCounters(service, counters());
    for (const member of members) {
      const destination = destinationValues(member);
      state.addDestination(service, destination);
      state.setDestinationCounters(service, destination, counters());
      const [active, inactive, persistent] = [random.below(5000), random.below(5000), random.below(500)];
      state.setConnections(service, destination, { active, inactive, persistent });
    }
  }
}
