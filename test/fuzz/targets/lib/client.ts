import { IpvsSync } from '../../../../lib/ipvs/client/client-sync.ts';
import { IpvsNetlinkError } from '../../../../protocol/index.ts';
import { REQUESTS_WITH_FALSE_REPLIES, transportWithFalseReplies } from '../../checks/false-replies.ts';
import { outcomeOf } from '../../checks/outcomes.ts';
import { capturedDatagrams, extendedAcks } from '../../seeds.ts';
import type { Target } from '../../target.ts';

const SERVICE = { protocol: 'tcp', address: '10.0.0.1', port: 80 } as const;

export const target: Target = {
  format: { kind: 'messages' },
  coveredModules: [
    'lib/netlink/exchange/',
    'lib/netlink/connection/',
    'lib/ipvs/operations/',
    'lib/ipvs/requests/',
  ],
  seeds: () => [...capturedDatagrams(), ...extendedAcks(capturedDatagrams()[0]!)],
  run(input) {
    const transport = transportWithFalseReplies(input);
    using ipvs = IpvsSync.open({ transport });
    const operations = [
      () => ipvs.dump({ strategy: 'single' }),
      () => ipvs.dump({ strategy: 'per-service' }),
      () => ipvs.services(),
      () => ipvs.service(SERVICE),
      () => ipvs.destinations(SERVICE),
      () => ipvs.daemons(),
      () => ipvs.info(),
      () => ipvs.timeouts(),
      () => ipvs.deleteService(SERVICE),
    ];
    for (const operation of operations) {
      transport.requestsWithFalseReplies = REQUESTS_WITH_FALSE_REPLIES;
      outcomeOf<unknown>([IpvsNetlinkError], operation);
    }
  },
};
