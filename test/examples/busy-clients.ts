/** Finds the clients with the most connections to a service. */
import type { AddressServiceKey, Ipvs } from 'ipvs-netlink';

/** The addresses of the clients, with their numbers of connections, the largest first. */
export async function busiestClients(
  ipvs: Ipvs,
  { address, port, protocol }: AddressServiceKey,
  limit: number,
): Promise<[address: string, connections: number][]> {
  const counts = new Map<string, number>();
  for await (const { client } of ipvs.connections({ protocol, virtual: { address, port } }))
    counts.set(client.address, (counts.get(client.address) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one).slice(0, limit);
}
