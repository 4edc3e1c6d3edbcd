/** Runs in the guest: `traffic.js write|read`, our client's half of what is recorded. */
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
} else {
  ipvs.info();
  ipvs.dump();
  ipvs.timeouts();
  ipvs.daemons();
}
ipvs.close();
