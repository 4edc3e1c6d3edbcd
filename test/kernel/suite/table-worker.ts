import { parentPort, workerData } from 'node:worker_threads';
import { Ipvs, IpvsSync, type ServiceDefinition, serviceKeyText } from '../../../lib/index.ts';

/** The data of the worker: which client to use, and what to write with it. */
interface Task {
  readonly clientType: 'sync' | 'async';
  readonly netns: string;
  readonly address: string;
  readonly services: number;
}

// Writes services and destinations, dumps after each, and sends back the keys of its own services.
const { clientType, netns, address, services } = workerData as Task;
const client = clientType === 'sync' ? IpvsSync.open({ netns }) : await Ipvs.open({ netns });
for (let port = 1; port <= services; port++) {
  const service: ServiceDefinition = { protocol: 'tcp', address, port, scheduler: 'rr' };
  await client.addService(service);
  await client.addDestination(service, { address: '198.51.100.1', port, forwarding: 'masq' });
  const [found] = await client.destinations(service);
  if (found?.port !== port) throw new Error(`service ${port} has lost its destination`);
}
const own = (await client.services()).filter((service) => service.address === address);
await client.close();
parentPort!.postMessage(own.map(serviceKeyText));
