/** Drains a destination when its health check fails, and gives it its weight back when it passes again. */
import { type DestinationKey, type Ipvs, isNotFound, type ServiceKey } from 'ipvs-netlink';

export async function followHealth(
  ipvs: Ipvs,
  service: ServiceKey,
  destination: DestinationKey,
  weight: number,
  checks: AsyncIterable<boolean>,
): Promise<void> {
  let draining: AbortController | undefined;
  for await (const healthy of checks) {
    if (!healthy && draining === undefined) {
      draining = new AbortController();
      const { signal } = draining;
      ipvs.drain(service, destination, { grace: 60_000, signal }).then(
        ({ outcome, activeConnections }) => console.log(`${outcome}: ${activeConnections} connections left`),
        (error: unknown) => signal.aborted || console.error(String(error)),
      );
    } else if (healthy && draining !== undefined) {
      draining.abort();
      draining = undefined;
      try {
        await ipvs.setWeight(service, destination, weight);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }
}
