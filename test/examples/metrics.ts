/** The counters of every destination as text for a metrics scraper. */
import type { Ipvs } from 'ipvs-netlink';

export async function metrics(ipvs: Ipvs): Promise<string> {
  const lines: string[] = [];
  // Records rather than objects: nothing is made but the text.
  const { services } = await ipvs.records();
  const cursor = services.cursor();
  while (cursor.nextService()) {
    const { protocol, address, port, mark } = cursor.service;
    const service = mark === undefined ? `${protocol} ${address}:${port}` : `mark ${mark}`;
    while (cursor.nextDestination()) {
      const { address, port, counters, activeConnections } = cursor.destination;
      const labels = `{service="${service}",destination="${address}:${port}"}`;
      lines.push(`ipvs_incoming_bytes_total${labels} ${counters.incomingBytes}`);
      lines.push(`ipvs_active_connections${labels} ${activeConnections}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
