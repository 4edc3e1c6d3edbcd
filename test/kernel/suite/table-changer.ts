import { setImmediate } from 'node:timers/promises';
import { IpvsSync } from '../../../lib/index.ts';
import { changeAt } from '../../conformance/cycling-table.ts';
import type { ChangerOrder } from './single-dump.test.ts';

// A process that changes the table of the namespace in its argument, as its parent orders.
const client = IpvsSync.open({ netns: process.argv[2] });
const STEPS_BETWEEN_ORDERS = 20;
let cycling = false;

async function cycle(): Promise<void> {
  let step = 0;
  while (cycling) {
    for (let steps = 0; steps < STEPS_BETWEEN_ORDERS; steps++) {
      for (const outcome of client.batch([changeAt(step++)])) if (!outcome.ok) throw outcome.error;
    }
    await setImmediate();
  }
  process.send!(step);
}

process.on('message', (order: ChangerOrder) => {
  if (order.order === 'cycle') {
    cycling = true;
    void cycle();
  } else if (order.order === 'stop') {
    cycling = false;
  } else {
    const until = performance.now() + order.delay;
    while (performance.now() < until);
    for (const outcome of client.batch(order.operations)) if (!outcome.ok) throw outcome.error;
    process.send!('changed');
  }
});
client.info();
process.send!('ready');
