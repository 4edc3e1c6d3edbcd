import type { Random } from '../../../../bench/sampling/random.ts';
import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { OUR_ADDRESS } from './wanted.ts';
import { FOREIGN_ADDRESS, type Witness } from './witness.ts';

type State = FakeKernel['state'];
type RawService = Parameters<State['addService']>[0];

function bytes(address: string): Uint8Array {
  const all = new Uint8Array(16);
  all.set(address.split('.').map(Number));
  return all;
}

const service = (address: string, port: number): RawService => ({
  family: 2,
  protocol: 6,
  address: bytes(address),
  port,
});
const destination = (number: number, weight: number): Parameters<State['addDestination']>[1] => ({
  address: bytes(`10.1.0.${number}`),
  port: 80,
  weight,
});

/** What is somebody else's. */
export function fillForeign(witness: Witness): void {
  witness.other((state) => {
    for (const port of [1, 2, 3]) state.addService(service(FOREIGN_ADDRESS, port), [destination(1, 1)]);
  });
}

/** Changes something of ours or of others, and says what. With `mayAdd`, adds what nobody wants, too. */
export function disturb(witness: Witness, random: Random, mayAdd: boolean): string {
  const ours = service(OUR_ADDRESS, random.between(1, 8));
  const stray = service(OUR_ADDRESS, random.between(20, 22));
  const others = service(FOREIGN_ADDRESS, random.between(1, 3));
  const weight = random.between(0, 99);
  const changes: readonly (readonly [name: string, change: (state: State) => void])[] = [
    ['takes a service', (state) => state.removeService(ours)],
    ['takes a destination', (state) => state.removeDestination(ours, destination(random.between(1, 2), 0))],
    ['sets a weight', (state) => state.updateDestination(ours, destination(random.between(1, 2), weight))],
    ['sets a scheduler', (state) => state.updateService({ ...ours, scheduler: 'sed' })],
    ['sets a foreign weight', (state) => state.updateDestination(others, destination(1, weight))],
    ['takes a foreign service', (state) => state.removeService(others)],
    ['adds a foreign service', (state) => state.addService(others, [destination(1, weight)])],
    ['takes everything', (state) => state.flush()],
    ['adds a service', (state) => state.addService(stray, [destination(1, 5), destination(2, 5)])],
    ['adds a destination', (state) => state.addDestination(ours, destination(random.between(3, 4), weight))],
  ];
  const [name, change] = random.pick(changes.slice(0, mayAdd ? undefined : -2));
  witness.other((state) => {
    try {
      change(state);
    } catch {
      // It is not there, or there already: other writers err as well.
    }
  });
  return name;
}
