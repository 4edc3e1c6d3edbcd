/** A table's metrics for Prometheus, written to a stream as they are made. */
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Ipvs } from 'ipvs-netlink';
import { type MetricsOptions, metricsText } from 'ipvs-netlink/metrics';

export async function writeMetrics(ipvs: Ipvs, output: Writable, options: MetricsOptions): Promise<void> {
  // Records rather than objects: no object is created, only the text.
  const { services } = await ipvs.records();
  await pipeline(metricsText(services, options), output);
}
