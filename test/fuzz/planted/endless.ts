import type { Target } from '../target.ts';

/** Never ends once an input has an exclamation mark. */
export const target: Target = {
  format: { kind: 'text', words: ['!'] },
  modules: ['test/fuzz/planted/'],
  seeds: () => ['a text'],
  run(input) {
    while (input.includes(0x21));
  },
};
