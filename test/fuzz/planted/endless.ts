import type { Target } from '../target.ts';

/** Never returns if the input contains an exclamation mark. */
export const target: Target = {
  format: { kind: 'text', dictionary: ['!'] },
  coveredModules: ['test/fuzz/planted/'],
  seeds: () => ['a text'],
  run(input) {
    while (input.includes(0x21));
  },
};
