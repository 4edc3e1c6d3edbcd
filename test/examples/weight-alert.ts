/** Tells when the weight of a destination becomes 0. */
import { destinationKeyText, type Ipvs, serviceKeyText } from 'ipvs-netlink';

/** One look at the table; `seen` holds the weights of the last one. */
export async function alertOnZeroWeight(
  ipvs: Ipvs,
  seen: Map<string, number>,
  alert: (destination: string) => void,
): Promise<void> {
  const before = new Map(seen);
  seen.clear();
  for await (const service of ipvs.stream()) {
    for (const destination of service.destinations) {
      const name = `${serviceKeyText(service)} -> ${destinationKeyText(destination)}`;
      const { weight } = destination;
      if (weight === 0 && (before.get(name) ?? 0) > 0) alert(name);
      seen.set(name, weight);
    }
  }
}
