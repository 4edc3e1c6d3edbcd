import type { Target } from '../target.ts';

/** Sets a name of an object that may be that of its prototype. */
export const target: Target = {
  format: { kind: 'text', words: ['__proto__'] },
  modules: ['test/fuzz/planted/'],
  seeds: () => ['a.b'],
  run(input) {
    const [outer = '', inner = ''] = Buffer.from(input).toString().split('.');
    const object: Record<string, Record<string, unknown>> = {};
    const place = outer in object ? object[outer]! : {};
    if (typeof place === 'object' && inner !== '') place[inner] = 1;
  },
};
