import { setImmediate } from 'node:timers/promises';
import { type BatchOperation, IpvsSync } from '../../../../lib/index.ts';
import { changeAt } from '../../../conformance/cycling-table.ts';
import type { ChangerCommand } from './changer.ts';
import { extraChangesAt } from './extra-services.ts';

// A process that changes the table of the namespace in its argument, as its parent's messages say.
const client = IpvsSync.open({ netns: process.argv[2] });
const STEPS_BETWEEN_MESSAGES = 20;
let running = false;

async function run(operationsAt: (step: number) => readonly BatchOperation[]): Promise<void> {
  running = true;
  let step = 0;
  while (running) {
    for (let steps = 0; steps < STEPS_BETWEEN_MESSAGES; steps++) {
      for (const outcome of client.batch(operationsAt(step++))) if (!outcome.ok) throw outcome.error;
    }
    await setImmediate();
  }
  process.send!(step);
}

process.on('message', (message: ChangerCommand) => {
  if (message.command === 'change') {
    const until = performance.now() + message.delay;
    while (performance.now() < until);
    for (const outcome of client.batch(message.operations)) if (!outcome.ok) throw outcome.error;
    process.send!('changed');
  } else if (message.command === 'cycle') {
    void run((step) => [changeAt(step)]);
  } else if (message.command === 'force-resizes') {
    void run(extraChangesAt);
  } else {
    running = false;
  }
});
client.info();
process.send!('ready');
