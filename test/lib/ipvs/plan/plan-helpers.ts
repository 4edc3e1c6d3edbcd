import type { ServiceWithDestinationsDefinition } from '../../../../lib/index.ts';

/** The definition of a TCP service with one destination, and with other fields or values from `overrides`. */
export const service = (
  port: number,
  overrides: Partial<ServiceWithDestinationsDefinition> = {},
): ServiceWithDestinationsDefinition =>
  ({
    protocol: 'tcp',
    address: '10.0.0.1',
    port,
    scheduler: 'rr',
    destinations: [{ address: '10.1.0.1', port: 80, forwarding: 'masq' }],
    ...overrides,
  }) as ServiceWithDestinationsDefinition;

/** The names of operations. */
export const operationNames = (operations: readonly { readonly do: string }[]): string[] =>
  operations.map(({ do: name }) => name);

/** `count` services, from port 80 on. */
export const manyServices = (count: number): ServiceWithDestinationsDefinition[] =>
  Array.from({ length: count }, (_, index) => service(80 + index));

/** An array of 16 bytes: `first`, and then zeros. */
export function bytes(...first: number[]): Uint8Array {
  const address = new Uint8Array(16);
  address.set(first);
  return address;
}
