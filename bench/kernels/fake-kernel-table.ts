import { FakeKernel } from '../../lib/testing/index.ts';
import { counterNames, destinationValues, serviceValues } from '../../protocol/index.ts';
import { Random } from '../sampling/random.ts';
import { benchmarkTableNamed } from '../tables/benchmark-tables.ts';

const SEED = 7;

/**
 * Creates a fake kernel that has the single dump (IPVS_CMD_GET_SERVICE_DEST: services with their destinations in one
 * dump), and fills it with a benchmark table and random counters.
 */
export function newFakeKernel(benchmarkTable: string): FakeKernel {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  const { state } = kernel;
  const random = new Random(SEED);
  const counters = (): { readonly [counter: string]: bigint } =>
    Object.fromEntries(
      counterNames.map((counter) => [counter, BigInt(random.next()) << BigInt(random.below(16))]),
    );
  for (const [definition, destinationDefinitions] of benchmarkTableNamed(benchmarkTable).table()) {
    const service = serviceValues(definition);
    state.addService(service);
    state.setServiceCounters(service, counters());
    for (const destinationDefinition of destinationDefinitions) {
      const destination = destinationValues(destinationDefinition);
      state.addDestination(service, destination);
      state.setDestinationCounters(service, destination, counters());
      const [active, inactive, persistent] = [random.below(5000), random.below(5000), random.below(500)];
      state.setConnections(service, destination, { active, inactive, persistent });
    }
  }
  return kernel;
}
