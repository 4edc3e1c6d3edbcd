import type { Target } from '../target.ts';

/** Fails on inputs that begin with FUZ: far too rare to be found by chance, without coverage. */
export const target: Target = {
  format: { kind: 'bytes' },
  coveredModules: ['test/fuzz/planted/'],
  seeds: () => ['start'],
  run(input) {
    if (input[0] !== 0x46) return;
    if (input[1] !== 0x55) return;
    if (input[2] === 0x5a) throw new TypeError('found');
  },
};
