import assert from 'node:assert/strict';
import { it } from 'node:test';
import type {
  CompletePersistence,
  Daemon,
  DestinationDefinition,
  DestinationUpdate,
  ServiceDefinition,
  ServiceUpdate,
  Tunnel,
} from '../../lib/index.ts';
import {
  type AnyIpvs,
  collect,
  destinationUpdate,
  refusedField,
  type SubjectWithClient,
  serviceUpdate,
} from './subject.ts';

const good = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wlc' };
const good6 = { ...good, address: '2001:db8::1' };

/** Invalid services, which must never be sent to a kernel, each with the field that the error names. */
const services: readonly (readonly [field: string, service: unknown])[] = [
  ['service', null],
  ['service', 'tcp 192.0.2.1:80'],
  ['service.address', { ...good, address: '192.0.2.256' }],
  ['service.address', { ...good, address: '192.0.2' }],
  ['service.address', { ...good, address: 'fe80::1%lo' }],
  ['service.address', { ...good, address: 'localhost' }],
  ['service.address', { ...good, address: undefined }],
  ['service.address', { ...good, family: 'ipv6' }],
  ['service.familly', { mark: 1, familly: 'ipv6', scheduler: 'rr' }],
  ['service.shceduler', { ...good, shceduler: 'wlc' }],
  ['service.persistence.timeuot', { ...good, persistence: { timeout: 1, timeuot: 2 } }],
  ['service.family', { ...good, family: 'inet' }],
  ['service.protocol', { ...good, protocol: 'icmp' }],
  ['service.protocol', { ...good, protocol: 256 }],
  ['service.port', { ...good, port: 70000 }],
  ['service.port', { ...good, port: -1 }],
  ['service.port', { ...good, port: '80' }],
  ['service.port', { ...good, port: 80.5 }],
  ['service.mark', { mark: 0, scheduler: 'rr' }],
  ['service.mark', { mark: 4294967296, scheduler: 'rr' }],
  ['service.port', { mark: 1, port: 80, scheduler: 'rr' }],
  ['service.scheduler', { ...good, scheduler: 'x'.repeat(40) }],
  ['service.scheduler', { ...good, scheduler: '' }],
  ['service.schedulerFlags', { ...good, schedulerFlags: ['sh-nonesuch'] }],
  ['service.onePacket', { ...good, onePacket: 1 }],
  ['service.persistenceEngine', { ...good, persistenceEngine: 'x'.repeat(16) }],
  ['service.persistence.timeout', { ...good, persistence: { timeout: 4294968 } }],
  ['service.persistence.timeout', { ...good, persistence: { timeout: -1 } }],
  ['service.persistence.netmask', { ...good, persistence: { timeout: 1, netmask: '24' } }],
  ['service.persistence.prefixLength', { ...good, persistence: { timeout: 1, prefixLength: 24 } }],
  ['service.persistence.prefixLength', { ...good6, persistence: { timeout: 1, prefixLength: 0 } }],
  ['service.persistence.prefixLength', { ...good6, persistence: { timeout: 1, prefixLength: 129 } }],
  ['service.persistence.netmask', { ...good6, persistence: { timeout: 1, netmask: '255.255.255.0' } }],
];

const server: DestinationDefinition = { address: '198.51.100.1', port: 80, forwarding: 'masq' };
const completeServer = destinationUpdate(server);

const destinations: readonly (readonly [field: string, destination: unknown])[] = [
  ['destination', undefined],
  ['destination.address', { address: '198.51.100.', port: 80 }],
  ['destination.address', { ...completeServer, address: '2001:db8::1' }],
  ['destination.port', { address: '198.51.100.1', port: 70000 }],
  ['destination.port', { address: '198.51.100.1' }],
  ['destination.weight', { ...server, weight: -1 }],
  ['destination.weight', { ...server, weight: 2147483648 }],
  ['destination.forwarding', { address: '198.51.100.1', port: 80, forwarding: 'nat' }],
  ['destination.upperThreshold', { ...server, upperThreshold: 4294967296 }],
  ['destination.lowerThreshold', { ...server, lowerThreshold: 1 }],
  ['destination.tunnel.port', { ...server, forwarding: 'tunnel', tunnel: { type: 'gue' } }],
  ['destination.tunnel.type', { ...server, forwarding: 'tunnel', tunnel: { type: 'sit' } }],
  ['destination.tunnel.checksum', { ...server, forwarding: 'tunnel', tunnel: { checksum: 'yes' } }],
  ['destination.weigth', { ...completeServer, weigth: 5 }],
  ['destination.tunnel.prot', { ...completeServer, tunnel: { type: 'ipip', prot: 0 } }],
  ['destination.forwarding', { ...completeServer, forwarding: undefined }],
  ['destination.forwarding', { ...completeServer, forwarding: null }],
];

const daemons: readonly (readonly [field: string, daemon: unknown])[] = [
  ['daemon', 7],
  ['daemon.role', { role: 'slave', interface: 'lo', syncId: 1 }],
  ['daemon.interface', { role: 'master', interface: 'x'.repeat(16), syncId: 1 }],
  ['daemon.syncId', { role: 'master', interface: 'lo', syncId: 256 }],
  ['daemon.syncMaxLength', { role: 'master', interface: 'lo', syncId: 1, syncMaxLength: 65536 }],
  ['daemon.multicastGroup', { role: 'master', interface: 'lo', syncId: 1, multicastGroup: 'all' }],
  ['daemon.multicastPort', { role: 'master', interface: 'lo', syncId: 1, multicastPort: 65536 }],
  ['daemon.multicastTtl', { role: 'master', interface: 'lo', syncId: 1, multicastTtl: 256 }],
];

type Attempt = readonly [field: string, attempt: (client: AnyIpvs) => unknown];

const completeService = serviceUpdate(good as ServiceDefinition);

/** Updates without a setting, which the kernel would reset to its default. */
const incomplete: readonly Attempt[] = [
  ...(['scheduler', 'persistence', 'onePacket', 'schedulerFlags', 'persistenceEngine'] as const).map(
    (name): Attempt => {
      const { [name]: _omitted, ...rest } = completeService;
      const service = rest as ServiceUpdate;
      return [`service.${name}`, (client) => client.updateService(service)];
    },
  ),
  ...(['forwarding', 'weight', 'upperThreshold', 'lowerThreshold', 'tunnel'] as const).map(
    (name): Attempt => {
      const { [name]: _omitted, ...rest } = completeServer;
      const destination = rest as DestinationUpdate;
      return [`destination.${name}`, (client) => client.updateDestination(completeService, destination)];
    },
  ),
  [
    'service.persistence.netmask',
    (client) =>
      client.updateService({ ...completeService, persistence: { timeout: 1 } as CompletePersistence }),
  ],
  [
    'service.persistence.prefixLength',
    (client) =>
      client.updateService({
        ...serviceUpdate(good6 as ServiceDefinition),
        persistence: { timeout: 1 } as CompletePersistence,
      }),
  ],
  [
    'destination.tunnel.checksum',
    (client) =>
      client.updateDestination(completeService, {
        ...completeServer,
        forwarding: 'tunnel',
        tunnel: { type: 'gue', port: 6080 } as Tunnel,
      }),
  ],
];

const patches: readonly Attempt[] = [
  ['changes', (client) => client.patchService(completeService, null as unknown as object)],
  ['changes', (client) => client.patchDestination(completeService, server, [] as object)],
  ['service.port', (client) => client.patchService(completeService, { port: 81 } as object)],
  ['service.shceduler', (client) => client.patchService(completeService, { shceduler: 'rr' } as object)],
  ['service.scheduler', (client) => client.patchService(completeService, { scheduler: '' })],
  [
    'service.persistence.timeout',
    (client) => client.patchService(completeService, { persistence: { timeout: -1 } }),
  ],
  [
    'destination.address',
    (client) => client.patchDestination(completeService, server, { address: '::1' } as object),
  ],
  [
    'destination.weigth',
    (client) => client.patchDestination(completeService, server, { weigth: 0 } as object),
  ],
  ['destination.weight', (client) => client.patchDestination(completeService, server, { weight: -1 })],
  [
    'destination.tunnel.type',
    (client) => client.patchDestination(completeService, server, { tunnel: { type: 'x' as 'gre' } }),
  ],
  [
    'destination.port',
    (client) => client.patchDestination(completeService, { address: '10.0.0.1', port: 70000 }, {}),
  ],
  [
    'destination.weight',
    (client) => client.setWeight(completeService, server, undefined as unknown as number),
  ],
  ['destination.weight', (client) => client.setWeight(completeService, server, '1' as unknown as number)],
  [
    'service.port',
    (client) => client.setWeight({ ...completeService, port: -1 } as ServiceUpdate, server, 1),
  ],
  ['destination.address', (client) => client.drain(completeService, { address: 'x', port: 1 })],
];

const attempts: readonly Attempt[] = [
  ...services.flatMap(([field, bad]): Attempt[] => {
    const service = bad as ServiceDefinition;
    const attempts: Attempt[] = [
      [field, (client) => client.addService(service)],
      [field, (client) => client.updateService(service as ServiceUpdate)],
    ];
    if (!/^service(\.(address|family|protocol|port|mark))?$/.test(field)) return attempts;
    return [
      ...attempts,
      [field, (client) => client.service(service)],
      [field, (client) => client.destinations(service)],
      [field, (client) => client.deleteService(service)],
      [field, (client) => client.zero(service)],
      [field, (client) => client.dump({ service })],
      [field, (client) => client.dump({ service, strategy: 'per-service' })],
      [field, (client) => collect(client.stream({ service }))],
      [field, (client) => client.addDestination(service, server)],
      [field, (client) => client.updateDestination(service, completeServer)],
      [field, (client) => client.deleteDestination(service, server)],
    ];
  }),
  ...destinations.flatMap(([field, bad]): Attempt[] => {
    const destination = bad as DestinationDefinition;
    const service = good as ServiceDefinition;
    return [
      [field, (client) => client.addDestination(service, destination)],
      [field, (client) => client.updateDestination(service, destination as DestinationUpdate)],
    ];
  }),
  ...daemons.map(([field, bad]): Attempt => [field, (client) => client.startDaemon(bad as Daemon)]),
  ['daemon.role', (client) => client.stopDaemon({ role: 'both' as 'master', syncId: 1 })],
  ['timeouts', (client) => client.setTimeouts(null as unknown as object)],
  ['timeouts.tcp', (client) => client.setTimeouts({ tcp: -1 })],
  ['timeouts.tcpFin', (client) => client.setTimeouts({ tcpFin: 2147483648 })],
  ['timeouts.udp', (client) => client.setTimeouts({ udp: 1.5 })],
  ['strategy', (client) => client.dump({ strategy: 'fast' as 'auto' })],
  ...incomplete,
  ...patches,
];

/** Tests that invalid input is refused, with the name of the field, before anything is sent. */
export function inputTests(subject: SubjectWithClient): void {
  it('refuses invalid input with the name of a field, and sends nothing, not even to resolve the family', async () => {
    const client = await subject.open();
    try {
      await tryAll(client);
      assert.equal(client.stats.sends, 0);
      assert.equal(client.stats.receives, 0);
      await client.info();
      const { sends, requests } = client.stats;
      await tryAll(client);
      assert.equal(client.stats.sends, sends);
      assert.equal(client.stats.requests, requests);
    } finally {
      await client.close();
    }
  });
}

async function tryAll(client: AnyIpvs): Promise<void> {
  for (const [index, [field, attempt]] of attempts.entries()) {
    const named = await refusedField(() => attempt(client));
    assert.equal(named, field, `attempt ${index}`);
  }
}
