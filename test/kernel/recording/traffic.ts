/** Runs in the guest: `traffic.js write|lengthen|read|dumps`, our client's half of what is recorded. */
import { IpvsSync } from '../../../lib/index.ts';
import { recordedDaemon, recordedRules, recordedTimeouts } from './rules.ts';

const ipvs = IpvsSync.open();
if (process.argv[2] === 'write') {
  for (const { service, destinations } of recordedRules) {
    ipvs.addService(service);
    for (const destination of destinations) ipvs.addDestination(service, destination);
  }
  ipvs.setTimeouts(recordedTimeouts);
  ipvs.startDaemon(recordedDaemon);
} else if (process.argv[2] === 'lengthen') {
  // More than the first datagram of a dump has room for.
  const { service } = recordedRules[0]!;
  for (let port = 1; port <= 14; port++) ipvs.addDestination(service, { address: '10.0.9.1', port });
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
