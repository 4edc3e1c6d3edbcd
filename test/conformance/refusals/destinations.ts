import { addServiceWithDestinations, destinationUpdate } from '../subject.ts';
import {
  overridingAttribute,
  type RefusalCase,
  SERVER_TEXT,
  SERVICE_TEXT,
  server,
  service,
  service6,
  withServer,
  withService,
} from './refusal-case.ts';

/** Addresses that no real server can have. */
const notServers: readonly RefusalCase[] = [
  '224.0.0.1',
  '255.255.255.255',
  '0.0.0.0',
  'ff02::1',
  'fe80::1',
  '::',
].map((address) => {
  const owner = address.includes(':') ? service6 : service;
  const text = address.includes(':') ? `[${address}]` : address;
  const ownerText = address.includes(':') ? 'tcp [2001:db8::1]:80' : 'tcp 192.0.2.1:80';
  return {
    title: `a destination ${address}`,
    prepare: (client) => addServiceWithDestinations(client, owner),
    attempt: (client) => client.addDestination(owner, { address, port: 80, forwarding: 'masq' }),
    errno: 'EINVAL',
    command: 'NEW_DEST',
    object: `destination ${text}:80 of service ${ownerText}`,
    says: /unicast address/,
  };
});

/** Requests about destinations that the kernel refuses. */
export const destinationRefusals: readonly RefusalCase[] = [
  ...notServers,
  {
    title: 'a destination of a family that IPVS does not balance',
    prepare: withService,
    attempt: (client) => client.addDestination(service, { ...server, ...overridingAttribute(11, 5, 0) }),
    errno: 'EAFNOSUPPORT',
    command: 'NEW_DEST',
    object: SERVER_TEXT,
    says: /address family/,
  },
  {
    title: 'a destination that already exists',
    prepare: withServer,
    attempt: (client) => client.addDestination(service, { ...server, weight: 2 }),
    errno: 'EEXIST',
    command: 'NEW_DEST',
    object: SERVER_TEXT,
    says: /already exists/,
  },
  {
    title: 'a change to a destination that does not exist',
    prepare: withService,
    attempt: (client) => client.updateDestination(service, destinationUpdate(server)),
    errno: 'ENOENT',
    command: 'SET_DEST',
    object: SERVER_TEXT,
    says: /^no destination/,
  },
  {
    title: 'the removal of a destination that does not exist',
    prepare: withServer,
    attempt: (client) => client.deleteDestination(service, { ...server, port: 8081 }),
    errno: 'ENOENT',
    command: 'DEL_DEST',
    object: `destination 198.51.100.1:8081 of ${SERVICE_TEXT}`,
    says: /^no destination/,
  },
  {
    title: 'a weight below 0',
    prepare: withService,
    attempt: (client) =>
      client.addDestination(service, { ...server, ...overridingAttribute(4, 255, 255, 255, 255) }),
    errno: 'ERANGE',
    command: 'NEW_DEST',
    object: SERVER_TEXT,
    says: /weight must not be negative/,
  },
  {
    title: 'a lower threshold above the upper one',
    prepare: withServer,
    attempt: (client) =>
      client.updateDestination(
        service,
        destinationUpdate({ ...server, ...overridingAttribute(6, 1, 0, 0, 0) }),
      ),
    errno: 'ERANGE',
    command: 'SET_DEST',
    object: SERVER_TEXT,
    says: /lower threshold/,
  },
  {
    title: 'an upper threshold that is too large',
    prepare: withService,
    attempt: (client) => client.addDestination(service, { ...server, upperThreshold: 2147483648 }),
    errno: 'EINVAL',
    command: 'NEW_DEST',
    object: SERVER_TEXT,
    says: /2147483647/,
  },
  {
    title: 'GUE without a port',
    prepare: withServer,
    attempt: (client) =>
      client.updateDestination(service, destinationUpdate({ ...server, ...overridingAttribute(13, 1) })),
    errno: 'EINVAL',
    command: 'SET_DEST',
    object: SERVER_TEXT,
    says: /port/,
  },
];
