/** Reports when the weight of a destination becomes 0. */
import { destinationKeyText, type Ipvs, serviceKeyText } from 'ipvs-netlink';

/** Follows the table until it is aborted. */
export async function alertOnZeroWeight(
  ipvs: Ipvs,
  alert: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for await (const change of ipvs.watch({ period: 500, signal })) {
    if (change.event === 'unreadable') alert(`the table cannot be read: ${change.error.message}`);
    if (change.event !== 'destination-changed') continue;
    if (change.current.weight === 0 && change.previous.weight > 0)
      alert(`${serviceKeyText(change.service)} -> ${destinationKeyText(change.destination)}`);
  }
}
