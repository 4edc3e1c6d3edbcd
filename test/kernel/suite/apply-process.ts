import { writeSync } from 'node:fs';
import { argv } from 'node:process';
import { IpvsSync, type ServiceWithDestinationsDefinition } from '../../../lib/index.ts';

/** `count` services; those of the other `side` differ in scheduler, weights and destinations. */
export function sideOfTable(count: number, side: 0 | 1): ServiceWithDestinationsDefinition[] {
  return Array.from({ length: count }, (_, index) => ({
    protocol: 'tcp' as const,
    address: '10.0.0.1',
    port: 1000 + index + side * Math.floor(count / 2),
    scheduler: (index + side) % 2 === 0 ? 'rr' : 'wrr',
    destinations: Array.from({ length: 1 + ((index + side) % 3) }, (__, last) => ({
      address: `10.1.${side}.${last + 1}`,
      port: 80,
      weight: 1 + side + last,
    })),
  }));
}

// As a process of its own: makes the table the one side and the other in turn, until it is killed,
// and says when it begins to write and when it has finished.
if (argv[1] === import.meta.filename) {
  const [netns, count] = argv.slice(2);
  const ipvs = IpvsSync.open({ netns });
  for (let round = 0; ; round++) {
    const plan = ipvs.plan(sideOfTable(Number(count), round % 2 === 0 ? 1 : 0));
    writeSync(1, 'b');
    ipvs.batch(plan.operations);
    writeSync(1, 'e');
  }
}
