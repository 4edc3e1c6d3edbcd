import { FakeKernel, type RawService } from '../../../lib/testing/index.ts';
import { destination, service } from './raw-client.ts';

export const GUE = 1;

export const TUNNEL = 2;

export const V6: Uint8Array = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

export function prefix(length: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(length).buffer);
}

export function without(values: RawService, ...names: (keyof RawService)[]): RawService {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name as never)));
}

export function kernelWithOne(version: '6.1' | '6.12' = '6.12'): FakeKernel {
  const kernel = new FakeKernel({ version });
  kernel.state.addService(service(80), [destination(1)]);
  return kernel;
}
