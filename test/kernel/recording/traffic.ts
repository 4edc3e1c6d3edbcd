/**
 * Runs in the guest: `traffic.js write|add-destinations|read|dumps|change`, the requests of our client that are
 * recorded. `add-destinations`, which is not recorded, adds more destinations.
 */
import { IpvsSync } from '../../../lib/index.ts';
import { destinationUpdate, serviceUpdate } from '../../conformance/subject.ts';
import {
  moreDestinations,
  multicast6Daemon,
  type RecordedService,
  recordedDaemon,
  recordedServices,
  recordedTimeouts,
  sipService,
} from './rules.ts';

const ipvs = IpvsSync.open();
if (process.argv[2] === 'write') {
  for (const { service, destinations } of recordedServices) {
    ipvs.addService(service);
    for (const destination of destinations) ipvs.addDestination(service, destination);
  }
  ipvs.setTimeouts(recordedTimeouts);
  ipvs.startDaemon(recordedDaemon);
} else if (process.argv[2] === 'add-destinations') {
  for (const destination of moreDestinations) ipvs.addDestination(recordedServices[0]!.service, destination);
} else if (process.argv[2] === 'change') {
  const [{ service, destinations }] = recordedServices as [RecordedService];
  ipvs.updateService(serviceUpdate({ ...service, scheduler: 'wrr' }));
  ipvs.updateDestination(service, destinationUpdate({ ...destinations[0]!, weight: 2 }));
  ipvs.zero(service);
  ipvs.deleteDestination(service, destinations[0]!);
  ipvs.deleteService(service);
  ipvs.addService(sipService);
  ipvs.stopDaemon(recordedDaemon);
  ipvs.startDaemon(multicast6Daemon);
  ipvs.daemons();
  ipvs.services();
  ipvs.stopDaemon(multicast6Daemon);
  ipvs.zero();
  ipvs.flush();
} else if (process.argv[2] === 'dumps') {
  ipvs.dump({ strategy: 'single' });
  ipvs.dump({ strategy: 'per-service' });
} else {
  ipvs.info();
  ipvs.dump();
  ipvs.timeouts();
  ipvs.daemons();
}
ipvs.close();
