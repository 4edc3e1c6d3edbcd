import type { Target } from '../target.ts';

/**
 * Sets `object[outer][inner]` for two names from the input: if `outer` is `__proto__`, it changes `Object.prototype`.
 */
export const target: Target = {
  format: { kind: 'text', dictionary: ['__proto__'] },
  coveredModules: ['test/fuzz/planted/'],
  seeds: () => ['a.b'],
  run(input) {
    const [outer = '', inner = ''] = Buffer.from(input).toString().split('.');
    const object: Record<string, Record<string, unknown>> = {};
    const nested = outer in object ? object[outer]! : {};
    if (typeof nested === 'object' && inner !== '') nested[inner] = 1;
  },
};
