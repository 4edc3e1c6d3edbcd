import { once } from 'node:events';
import type { TestContext } from 'node:test';
import {
  type DesiredServices,
  Ipvs,
  type Reconciler,
  type ServiceWithDestinationsDefinition,
} from '../../../../lib/index.ts';
import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { HookedTransport } from '../plan/hooked-transport.ts';

export const service = (port: number): ServiceWithDestinationsDefinition => ({
  protocol: 'tcp',
  address: '10.0.0.1',
  port,
  scheduler: 'rr',
  destinations: [{ address: '10.1.0.1', port: 80, forwarding: 'masq' }],
});

export async function open(
  t: TestContext,
  kernel: FakeKernel,
  beforeSend: () => void = () => undefined,
): Promise<Ipvs> {
  const ipvs = await Ipvs.open({ transport: new HookedTransport(kernel.connect(), beforeSend) });
  t.after(() => ipvs.close());
  return ipvs;
}

/** A source of the states that are passed to `push`; in between it waits, as real sources do. */
export function pushSource(): AsyncIterable<DesiredServices> & { push(state: DesiredServices): void } {
  const states: DesiredServices[] = [];
  let wake: (() => void) | undefined;
  return {
    push(state) {
      states.push(state);
      wake?.();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (states.length > 0) yield states.shift()!;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

export const synced = (reconciler: Reconciler): Promise<unknown> => once(reconciler, 'synced');
