import { destinationUpdate, serviceUpdate } from '../subject.ts';
import {
  marked,
  overridingAttribute,
  type RefusalCase,
  SERVER_TEXT,
  SERVICE_TEXT,
  server,
  service,
  service6,
  withService,
} from './refusal-case.ts';

const NO_SERVICE = /^no (such )?service/;
const NO_SCHEDULER =
  /^the kernel has no scheduler nonesuch for service .*; load it with: modprobe ip_vs_nonesuch$/;
const NO_ENGINE =
  /^the kernel has no scheduler wlc or no persistence engine nonesuch for .*: modprobe ip_vs_wlc, modprobe ip_vs_pe_nonesuch$/;

const unknownServices: readonly RefusalCase[] = (
  [
    ['SET_SERVICE', SERVICE_TEXT, (client) => client.updateService(serviceUpdate(service))],
    ['DEL_SERVICE', SERVICE_TEXT, (client) => client.deleteService(service)],
    ['GET_SERVICE', SERVICE_TEXT, (client) => client.service(service)],
    ['ZERO', SERVICE_TEXT, (client) => client.zero(service)],
    ['NEW_DEST', SERVER_TEXT, (client) => client.addDestination(service, server)],
    ['SET_DEST', SERVER_TEXT, (client) => client.updateDestination(service, destinationUpdate(server))],
    ['DEL_DEST', SERVER_TEXT, (client) => client.deleteDestination(service, server)],
    ['GET_SERVICE', 'service mark 4294967295 ipv6', (client) => client.service(marked)],
    ['DEL_SERVICE', 'service tcp [2001:db8::1]:80', (client) => client.deleteService(service6)],
  ] as const satisfies readonly (readonly [string, string, RefusalCase['attempt']])[]
).map(([command, object, attempt]) => ({
  title: `${command} of a service that does not exist`,
  attempt,
  errno: 'ESRCH',
  command,
  object,
  says: NO_SERVICE,
}));

/** Requests about services that the kernel refuses. */
export const serviceRefusals: readonly RefusalCase[] = [
  ...unknownServices,
  {
    title: 'a service that already exists',
    prepare: withService,
    attempt: (client) => client.addService({ ...service, scheduler: 'rr' }),
    errno: 'EEXIST',
    command: 'NEW_SERVICE',
    object: SERVICE_TEXT,
    says: /already exists/,
  },
  {
    title: 'a scheduler that does not exist',
    attempt: (client) => client.addService({ ...service, scheduler: 'nonesuch' }),
    errno: 'ENOENT',
    command: 'NEW_SERVICE',
    object: SERVICE_TEXT,
    says: NO_SCHEDULER,
  },
  {
    title: 'a change to a scheduler that does not exist',
    prepare: withService,
    attempt: (client) => client.updateService(serviceUpdate({ ...service, scheduler: 'nonesuch' })),
    errno: 'ENOENT',
    command: 'SET_SERVICE',
    object: SERVICE_TEXT,
    says: NO_SCHEDULER,
  },
  {
    title: 'a persistence engine that does not exist',
    attempt: (client) =>
      client.addService({ ...service, persistence: { timeout: 1 }, persistenceEngine: 'nonesuch' }),
    errno: 'ENOENT',
    command: 'NEW_SERVICE',
    object: SERVICE_TEXT,
    says: NO_ENGINE,
  },
  {
    title: 'a change to a persistence engine that does not exist',
    prepare: withService,
    attempt: (client) =>
      client.updateService(
        serviceUpdate({ ...service, persistence: { timeout: 1 }, persistenceEngine: 'nonesuch' }),
      ),
    errno: 'ENOENT',
    command: 'SET_SERVICE',
    object: SERVICE_TEXT,
    says: NO_ENGINE,
  },
  {
    title: 'a service of a family that IPVS does not balance',
    attempt: (client) => client.addService({ ...service, ...overridingAttribute(1, 5, 0) }),
    errno: 'EAFNOSUPPORT',
    command: 'NEW_SERVICE',
    object: SERVICE_TEXT,
    says: /address family/,
  },
  {
    title: 'an IPv6 service whose prefix length is out of range',
    attempt: (client) => client.addService({ ...service6, ...overridingAttribute(9, 129, 0, 0, 0) }),
    errno: 'EINVAL',
    command: 'NEW_SERVICE',
    object: 'service tcp [2001:db8::1]:80',
    says: /prefix length/,
  },
];
