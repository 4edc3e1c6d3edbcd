import type { Target } from '../target.ts';

/** Allocates as much memory as a length in the input says. */
export const target: Target = {
  format: { kind: 'bytes' },
  coveredModules: ['test/fuzz/planted/'],
  seeds: () => ['\0\0\0\0'],
  run(input) {
    if (input.length >= 4) new Uint8Array(new DataView(input.buffer, input.byteOffset).getUint32(0) >>> 2);
  },
};
