import type { Target } from '../target.ts';

/** Takes time proportional to the square of the input's length. */
export const target: Target = {
  format: { kind: 'bytes' },
  coveredModules: ['test/fuzz/planted/'],
  seeds: () => ['start'],
  run(input) {
    let sum = 0;
    for (const one of input) for (let at = 0; at < input.length; at += 64) sum += one;
    if (sum < 0) throw new Error('never');
  },
};
