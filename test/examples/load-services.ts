/** Adds 5000 services with two destinations each: a few dozen datagrams rather than 15 000 requests. */
import type { BatchOperation, Ipvs } from 'ipvs-netlink';

export async function loadServices(ipvs: Ipvs, count = 5000): Promise<void> {
  const operations: BatchOperation[] = [];
  for (let number = 0; number < count; number++) {
    const service = { protocol: 'tcp', address: `10.1.${number >> 8}.${number & 255}`, port: 80 } as const;
    operations.push({ do: 'add-service', service: { ...service, scheduler: 'wlc' } });
    for (const address of ['10.2.0.1', '10.2.0.2']) {
      const destination = { address, port: 8080, forwarding: 'masq', weight: 1 } as const;
      operations.push({ do: 'add-destination', service, destination });
    }
  }
  const outcomes = await ipvs.batch(operations);
  const failed = outcomes.filter(({ ok }) => !ok);
  if (failed.length > 0) throw new Error(`${failed.length} of ${operations.length} operations failed`);
}
