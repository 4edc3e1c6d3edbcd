import { addServiceWithDestinations } from '../subject.ts';
import { type RefusalCase, SERVER6_TEXT, server6, service, startMasterDaemon } from './refusal-case.ts';

/** Requests about sync daemons and timeouts that the kernel refuses. */
export const settingRefusals: readonly RefusalCase[] = [
  {
    title: 'a destination of another family while a sync daemon runs',
    prepare: async (client, subject) => {
      await addServiceWithDestinations(client, service);
      await startMasterDaemon(client, subject);
    },
    attempt: (client) => client.addDestination(service, server6),
    errno: 'EINVAL',
    command: 'NEW_DEST',
    object: SERVER6_TEXT,
    says: /sync daemon/,
  },
  {
    title: 'a sync daemon while a service has a destination of another family',
    prepare: (client) => addServiceWithDestinations(client, service, [server6]),
    attempt: startMasterDaemon,
    errno: 'EINVAL',
    command: 'NEW_DAEMON',
    object: 'master daemon',
    says: /address family of their service/,
  },
  {
    title: 'a sync daemon that already runs',
    prepare: startMasterDaemon,
    attempt: startMasterDaemon,
    errno: 'EEXIST',
    command: 'NEW_DAEMON',
    object: 'master daemon',
    says: /already runs/,
  },
  {
    title: 'a sync daemon on an interface that does not exist',
    attempt: (client) => client.startDaemon({ role: 'backup', interface: 'nonesuch0', syncId: 1 }),
    errno: 'ENODEV',
    command: 'NEW_DAEMON',
    object: 'backup daemon',
    says: /network interface/,
  },
  {
    title: 'a sync daemon whose group is not multicast',
    attempt: (client, subject) =>
      client.startDaemon({
        role: 'master',
        interface: subject.interface,
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
    attempt: (client, subject) =>
      client.startDaemon({
        role: 'backup',
        interface: subject.interface,
        syncId: 1,
        multicastGroup: '2001:db8::7',
      }),
    errno: 'EINVAL',
    command: 'NEW_DAEMON',
    object: 'backup daemon',
    says: /multicast/,
  },
  {
    title: 'stopping a sync daemon that does not run',
    prepare: startMasterDaemon,
    attempt: (client) => client.stopDaemon({ role: 'backup', syncId: 1 }),
    errno: 'ESRCH',
    command: 'DEL_DAEMON',
    object: 'backup daemon',
    says: /^no such backup daemon runs/,
  },
  {
    title: 'a timeout that is too long for the kernel',
    attempt: (client) => client.setTimeouts({ udp: 0x7fffffff }),
    errno: 'EINVAL',
    command: 'SET_CONFIG',
    object: 'timeouts',
    says: /too long/,
  },
];
