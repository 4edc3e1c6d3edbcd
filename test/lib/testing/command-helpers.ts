import { FakeKernel, type ServiceValues } from '../../../lib/testing/index.ts';
import { destination, service } from './raw-client.ts';

/** The tunnel type GUE. */
export const GUE = 1;

/** The forwarding method of tunnels. */
export const TUNNEL = 2;

/** 2001:db8::1. */
export const V6: Uint8Array = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** A prefix length as the netmask attribute of an IPv6 service. */
export function prefix(length: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(length).buffer);
}

/** A service without some of its attributes. */
export function without(values: ServiceValues, ...names: (keyof ServiceValues)[]): ServiceValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name as never)));
}

/** A kernel with one service, at port 80, and one destination. */
export function kernelWithOneService(version: '6.1' | '6.12' = '6.12'): FakeKernel {
  const kernel = new FakeKernel({ version });
  kernel.state.addService(service(80), [destination(1)]);
  return kernel;
}
