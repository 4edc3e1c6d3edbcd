import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { it } from 'node:test';
import {
  alreadyExists,
  ClosedError,
  type DestinationDefinition,
  isNotFound,
  type ServiceDefinition,
} from '../../lib/index.ts';
import {
  type AnyIpvs,
  destinationUpdate,
  failure,
  type Given,
  refusal,
  serviceUpdate,
  write,
} from './subject.ts';

const service: ServiceDefinition = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wlc' };
const service6: ServiceDefinition = { protocol: 'tcp', address: '2001:db8::1', port: 80, scheduler: 'wlc' };
const marked: ServiceDefinition = { mark: 4294967295, family: 'ipv6', scheduler: 'wlc' };
const server: DestinationDefinition = { address: '198.51.100.1', port: 8080, forwarding: 'masq' };
const server6: DestinationDefinition = { address: '2001:db8:5::1', port: 80, forwarding: 'tunnel' };
const SERVICE = 'service tcp 192.0.2.1:80';
const SERVER = `destination 198.51.100.1:8080 of ${SERVICE}`;
const SERVER6 = `destination [2001:db8:5::1]:80 of ${SERVICE}`;

/** One refusal: what is tried after what is there, and everything that the error should say. */
interface RefusalCase {
  readonly title: string;
  readonly prepare?: (client: AnyIpvs, given: Given) => unknown;
  readonly attempt: (client: AnyIpvs, given: Given) => unknown;
  readonly errno: keyof typeof constants.errno;
  readonly command: string;
  readonly object: string;
  /** What its message says besides. */
  readonly says: RegExp;
}

const withService = (client: AnyIpvs): unknown => write(client, service);
const withServer = (client: AnyIpvs): unknown => write(client, service, [server]);
const withMaster = (client: AnyIpvs, given: Given): unknown =>
  client.startDaemon({ role: 'master', interface: given.interface, syncId: 1 });

/** A number that the typed fields cannot hold, as an attribute that follows them and wins. */
function overriding(type: number, ...bytes: number[]): object {
  return { unknown: [{ type, bytes: Uint8Array.from(bytes) }] };
}

const NO_SERVICE = /^no (such )?service/;
const MISSING = /^no /;
const PRESENT = / already (there|runs) /;
const NO_SCHEDULER =
  /^the kernel has no scheduler nonesuch for service .*; load it with: modprobe ip_vs_nonesuch$/;
const NO_ENGINE =
  /^the kernel has no scheduler wlc or no persistence engine nonesuch for .*: modprobe ip_vs_wlc, modprobe ip_vs_pe_nonesuch$/;

const unknownServices: readonly RefusalCase[] = (
  [
    ['SET_SERVICE', SERVICE, (client) => client.updateService(serviceUpdate(service))],
    ['DEL_SERVICE', SERVICE, (client) => client.deleteService(service)],
    ['GET_SERVICE', SERVICE, (client) => client.service(service)],
    ['ZERO', SERVICE, (client) => client.zero(service)],
    ['NEW_DEST', SERVER, (client) => client.addDestination(service, server)],
    ['SET_DEST', SERVER, (client) => client.updateDestination(service, destinationUpdate(server))],
    ['DEL_DEST', SERVER, (client) => client.deleteDestination(service, server)],
    ['GET_SERVICE', 'service mark 4294967295 ipv6', (client) => client.service(marked)],
    ['DEL_SERVICE', 'service tcp [2001:db8::1]:80', (client) => client.deleteService(service6)],
  ] as const satisfies readonly (readonly [string, string, RefusalCase['attempt']])[]
).map(([command, object, attempt]) => ({
  title: `${command} of a service that is not there`,
  attempt,
  errno: 'ESRCH',
  command,
  object,
  says: NO_SERVICE,
}));

/** Addresses that no server can have. */
const notServers: readonly RefusalCase[] = [
  '224.0.0.1',
  '255.255.255.255',
  '0.0.0.0',
  'ff02::1',
  'fe80::1',
  '::',
].map((address) => {
  const of = address.includes(':') ? service6 : service;
  const text = address.includes(':') ? `[${address}]` : address;
  const ofText = address.includes(':') ? 'tcp [2001:db8::1]:80' : 'tcp 192.0.2.1:80';
  return {
    title: `a destination ${address}`,
    prepare: (client) => write(client, of),
    attempt: (client) => client.addDestination(of, { address, port: 80, forwarding: 'masq' }),
    errno: 'EINVAL',
    command: 'NEW_DEST',
    object: `destination ${text}:80 of service ${ofText}`,
    says: /unicast address/,
  };
});

/** Everything that the kernel refuses although the client could say it. */
const refusalCases: readonly RefusalCase[] = [
  ...unknownServices,
  ...notServers,
  {
    title: 'a service that is there',
    prepare: withService,
    attempt: (client) => client.addService({ ...service, scheduler: 'rr' }),
    errno: 'EEXIST',
    command: 'NEW_SERVICE',
    object: SERVICE,
    says: /already there/,
  },
  {
    title: 'a scheduler that is not there',
    attempt: (client) => client.addService({ ...service, scheduler: 'nonesuch' }),
    errno: 'ENOENT',
    command: 'NEW_SERVICE',
    object: SERVICE,
    says: NO_SCHEDULER,
  },
  {
    title: 'a change to a scheduler that is not there',
    prepare: withService,
    attempt: (client) => client.updateService(serviceUpdate({ ...service, scheduler: 'nonesuch' })),
    errno: 'ENOENT',
    command: 'SET_SERVICE',
    object: SERVICE,
    says: NO_SCHEDULER,
  },
  {
    title: 'a persistence engine that is not there',
    attempt: (client) =>
      client.addService({ ...service, persistence: { timeout: 1 }, persistenceEngine: 'nonesuch' }),
    errno: 'ENOENT',
    command: 'NEW_SERVICE',
    object: SERVICE,
    says: NO_ENGINE,
  },
  {
    title: 'a change to a persistence engine that is not there',
    prepare: withService,
    attempt: (client) =>
      client.updateService(
        serviceUpdate({ ...service, persistence: { timeout: 1 }, persistenceEngine: 'nonesuch' }),
      ),
    errno: 'ENOENT',
    command: 'SET_SERVICE',
    object: SERVICE,
    says: NO_ENGINE,
  },
  {
    title: 'a service of a family that IPVS does not balance',
    attempt: (client) => client.addService({ ...service, ...overriding(1, 5, 0) }),
    errno: 'EAFNOSUPPORT',
    command: 'NEW_SERVICE',
    object: SERVICE,
    says: /address family/,
  },
  {
    title: 'a destination of a family that IPVS does not balance',
    prepare: withService,
    attempt: (client) => client.addDestination(service, { ...server, ...overriding(11, 5, 0) }),
    errno: 'EAFNOSUPPORT',
    command: 'NEW_DEST',
    object: SERVER,
    says: /address family/,
  },
  {
    title: 'an IPv6 service whose prefix length is out of range',
    attempt: (client) => client.addService({ ...service6, ...overriding(9, 129, 0, 0, 0) }),
    errno: 'EINVAL',
    command: 'NEW_SERVICE',
    object: 'service tcp [2001:db8::1]:80',
    says: /prefix length/,
  },
  {
    title: 'a destination that is there',
    prepare: withServer,
    attempt: (client) => client.addDestination(service, { ...server, weight: 2 }),
    errno: 'EEXIST',
    command: 'NEW_DEST',
    object: SERVER,
    says: /already there/,
  },
  {
    title: 'a change to a destination that is not there',
    prepare: withService,
    attempt: (client) => client.updateDestination(service, destinationUpdate(server)),
    errno: 'ENOENT',
    command: 'SET_DEST',
    object: SERVER,
    says: /^no destination/,
  },
  {
    title: 'the removal of a destination that is not there',
    prepare: withServer,
    attempt: (client) => client.deleteDestination(service, { ...server, port: 8081 }),
    errno: 'ENOENT',
    command: 'DEL_DEST',
    object: `destination 198.51.100.1:8081 of ${SERVICE}`,
    says: /^no destination/,
  },
  {
    title: 'a weight below 0',
    prepare: withService,
    attempt: (client) => client.addDestination(service, { ...server, ...overriding(4, 255, 255, 255, 255) }),
    errno: 'ERANGE',
    command: 'NEW_DEST',
    object: SERVER,
    says: /weight below 0/,
  },
  {
    title: 'a lower threshold above the upper one',
    prepare: withServer,
    attempt: (client) =>
      client.updateDestination(service, destinationUpdate({ ...server, ...overriding(6, 1, 0, 0, 0) })),
    errno: 'ERANGE',
    command: 'SET_DEST',
    object: SERVER,
    says: /lower threshold/,
  },
  {
    title: 'an upper threshold that is too large',
    prepare: withService,
    attempt: (client) => client.addDestination(service, { ...server, upperThreshold: 2147483648 }),
    errno: 'EINVAL',
    command: 'NEW_DEST',
    object: SERVER,
    says: /2147483647/,
  },
  {
    title: 'GUE without a port',
    prepare: withServer,
    attempt: (client) =>
      client.updateDestination(service, destinationUpdate({ ...server, ...overriding(13, 1) })),
    errno: 'EINVAL',
    command: 'SET_DEST',
    object: SERVER,
    says: /port/,
  },
  {
    title: 'a destination of another family while a sync daemon runs',
    prepare: async (client, given) => {
      await write(client, service);
      await withMaster(client, given);
    },
    attempt: (client) => client.addDestination(service, server6),
    errno: 'EINVAL',
    command: 'NEW_DEST',
    object: SERVER6,
    says: /sync daemon/,
  },
  {
    title: 'a sync daemon while a service has a destination of another family',
    prepare: (client) => write(client, service, [server6]),
    attempt: withMaster,
    errno: 'EINVAL',
    command: 'NEW_DAEMON',
    object: 'master daemon',
    says: /another family/,
  },
  {
    title: 'a sync daemon that runs',
    prepare: withMaster,
    attempt: withMaster,
    errno: 'EEXIST',
    command: 'NEW_DAEMON',
    object: 'master daemon',
    says: /already runs/,
  },
  {
    title: 'a sync daemon on an interface that is not there',
    attempt: (client) => client.startDaemon({ role: 'backup', interface: 'nonesuch0', syncId: 1 }),
    errno: 'ENODEV',
    command: 'NEW_DAEMON',
    object: 'backup daemon',
    says: /network interface/,
  },
  {
    title: 'a sync daemon whose group is not multicast',
    attempt: (client, given) =>
      client.startDaemon({
        role: 'master',
        interface: given.interface,
        syncId: 1,
        multicastGroup: '192.0.2.7',
      }),
    errno: 'EINVAL',
    command: 'NEW_DAEMON',
    object: 'master daemon',
    says: /multicast/,
  },
  {
    title: 'a sync daemon whose IPv6 group is not multicast',
    attempt: (client, given) =>
      client.startDaemon({
        role: 'backup',
        interface: given.interface,
        syncId: 1,
        multicastGroup: '2001:db8::7',
      }),
    errno: 'EINVAL',
    command: 'NEW_DAEMON',
    object: 'backup daemon',
    says: /multicast/,
  },
  {
    title: 'the end of a sync daemon that does not run',
    prepare: withMaster,
    attempt: (client) => client.stopDaemon({ role: 'backup', syncId: 1 }),
    errno: 'ESRCH',
    command: 'DEL_DAEMON',
    object: 'backup daemon',
    says: /^no such backup daemon runs/,
  },
  {
    title: 'a timeout that does not fit the kernel',
    attempt: (client) => client.setTimeouts({ udp: 0x7fffffff }),
    errno: 'EINVAL',
    command: 'SET_CONFIG',
    object: 'timeouts',
    says: /too long/,
  },
];

/** What the kernel refuses, and what a closed client does. */
export function refusalTests(given: Given): void {
  for (const { title, prepare, attempt, errno, command, object, says } of refusalCases) {
    it(`says ${errno} to ${title}`, async () => {
      const { client } = given;
      await prepare?.(client, given);
      const before = await given.client.dump();
      const error = await refusal(() => attempt(client, given));
      assert.equal(error.errnoName, errno);
      assert.equal(error.errno, constants.errno[errno]);
      assert.equal(error.command, command);
      assert.equal(error.object, object);
      assert.match(error.message, says);
      assert.equal(isNotFound(error), MISSING.test(error.message));
      assert.equal(alreadyExists(error), PRESENT.test(error.message));
      for (const part of [errno, command, object]) assert.ok(error.message.includes(part), error.message);
      const after = await given.client.dump();
      assert.equal(JSON.stringify(after.services), JSON.stringify(before.services), 'nothing has changed');
    });
  }

  it('takes destinations of another family again once the sync daemon has ended', async () => {
    const { client } = given;
    await write(client, service);
    await withMaster(client, given);
    await refusal(() => client.addDestination(service, server6));
    await client.stopDaemon({ role: 'master', syncId: 1 });
    await client.addDestination(service, server6);
    await refusal(() => withMaster(client, given));
    await client.deleteDestination(service, server6);
    await withMaster(client, given);
  });

  it('is closed for good', async () => {
    const client = await given.open();
    await client.addService(service);
    await client.close();
    await client.close();
    assert.ok((await failure(() => client.services())) instanceof ClosedError);
    assert.ok((await failure(() => client.deleteService(service))) instanceof ClosedError);
    assert.equal((await given.client.services()).length, 1);
  });

  it('asks nothing of the kernel once its signal has been aborted', async () => {
    const { client } = given;
    await client.info();
    const { sends } = client.stats;
    const reason = new Error('no more');
    const signal = AbortSignal.abort(reason);
    assert.equal(await failure(() => client.addService(service, { signal })), reason);
    assert.equal(await failure(() => client.dump({ signal })), reason);
    assert.equal(client.stats.sends, sends);
    assert.deepEqual(await client.services(), []);
  });
}
