import { setImmediate } from 'node:timers/promises';
import { type BatchOperation, IpvsSync } from '../../../../lib/index.ts';
import { changeAt } from '../../../conformance/cycling-table.ts';
import type { ChangerOrder } from './changer.ts';
import { crowdAt } from './crowd.ts';

// A process that changes the table of the namespace in its argument, as its parent orders.
const client = IpvsSync.open({ netns: process.argv[2] });
const STEPS_BETWEEN_ORDERS = 20;
let running = false;

async function run(operationsAt: (step: number) => readonly BatchOperation[]): Promise<void> {
  running = true;
  let step = 0;
  while (running) {
    for (let steps = 0; steps < STEPS_BETWEEN_ORDERS; steps++) {
      for (const outcome of client.batch(operationsAt(step++))) if (!outcome.ok) throw outcome.error;
    }
    await setImmediate();
  }
  process.send!(step);
}

process.on('message', (order: ChangerOrder) => {
  if (order.order === 'change') {
    const until = performance.now() + order.delay;
    while (performance.now() < until);
    for (const outcome of client.batch(order.operations)) if (!outcome.ok) throw outcome.error;
    process.send!('changed');
  } else if (order.order === 'cycle') {
    void run((step) => [changeAt(step)]);
  } else if (order.order === 'crowd') {
    void run(crowdAt);
  } else {
    running = false;
  }
});
client.info();
process.send!('ready');
