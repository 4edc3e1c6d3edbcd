import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { Command } from '../../../protocol/ipvs/fields/constants.ts';
import { GUE, kernelWithOneService, prefix, TUNNEL, V6, without } from './command-helpers.ts';
import { AF_INET6, address4, type CommandValues, destination, errnoOf, service } from './raw-client.ts';

const { EINVAL, EEXIST, ESRCH, ENOENT, ERANGE, EAFNOSUPPORT, ENODEV, EOPNOTSUPP } = constants.errno;

const refusals: readonly (readonly [what: string, errno: number, command: number, values: CommandValues])[] =
  [
    ['NEW_SERVICE without a service', EINVAL, Command.NEW_SERVICE, {}],
    ['a service without family', EINVAL, Command.NEW_SERVICE, { service: without(service(1), 'family') }],
    ['a service without port', EINVAL, Command.NEW_SERVICE, { service: without(service(1), 'port') }],
    [
      'a service without scheduler',
      EINVAL,
      Command.NEW_SERVICE,
      { service: without(service(1), 'scheduler') },
    ],
    ['a service without netmask', EINVAL, Command.SET_SERVICE, { service: without(service(80), 'netmask') }],
    ['an unknown family', EAFNOSUPPORT, Command.NEW_SERVICE, { service: service(1, { family: 3 }) }],
    ['a service that exists', EEXIST, Command.NEW_SERVICE, { service: service(80) }],
    [
      'a service that exists, with an unknown scheduler',
      EEXIST,
      Command.NEW_SERVICE,
      { service: service(80, { scheduler: 'nope' }) },
    ],
    ['an unknown scheduler', ENOENT, Command.NEW_SERVICE, { service: service(1, { scheduler: 'nope' }) }],
    [
      'a scheduler name of 40 characters',
      EINVAL,
      Command.NEW_SERVICE,
      { service: service(1, { scheduler: 'x'.repeat(40) }) },
    ],
    [
      'an unknown persistence engine',
      ENOENT,
      Command.NEW_SERVICE,
      { service: service(1, { persistenceEngine: 'nope' }) },
    ],
    ...[0, 129, 0xffffffff].map(
      (length) =>
        [
          `an IPv6 prefix of ${length}`,
          EINVAL,
          Command.NEW_SERVICE,
          { service: service(1, { family: AF_INET6, address: V6, netmask: prefix(length) }) },
        ] as const,
    ),
    ['changing an unknown service', ESRCH, Command.SET_SERVICE, { service: service(1) }],
    [
      'changing to an unknown scheduler',
      ENOENT,
      Command.SET_SERVICE,
      { service: service(80, { scheduler: 'nope' }) },
    ],
    ['deleting an unknown service', ESRCH, Command.DEL_SERVICE, { service: service(1) }],
    ['DEL_SERVICE without a service', EINVAL, Command.DEL_SERVICE, {}],
    ['asking for an unknown service', ESRCH, Command.GET_SERVICE, { service: service(1) }],
    ['GET_SERVICE without a service', EINVAL, Command.GET_SERVICE, {}],
    ['zeroing an unknown service', ESRCH, Command.ZERO, { service: service(1) }],
    [
      'a destination of an unknown service',
      ESRCH,
      Command.NEW_DEST,
      { service: service(1), destination: destination(2) },
    ],
    ['NEW_DEST without a destination', EINVAL, Command.NEW_DEST, { service: service(80) }],
    [
      'a destination without weight',
      EINVAL,
      Command.NEW_DEST,
      { service: service(80), destination: { ...destination(2), weight: undefined } },
    ],
    [
      'a destination that exists',
      EEXIST,
      Command.NEW_DEST,
      { service: service(80), destination: destination(1) },
    ],
    [
      'changing an unknown destination',
      ENOENT,
      Command.SET_DEST,
      { service: service(80), destination: destination(2) },
    ],
    [
      'deleting an unknown destination',
      ENOENT,
      Command.DEL_DEST,
      { service: service(80), destination: destination(2) },
    ],
    [
      'a weight of -1',
      ERANGE,
      Command.NEW_DEST,
      { service: service(80), destination: destination(1, { weight: -1 }) },
    ],
    [
      'an upper threshold below the lower one',
      ERANGE,
      Command.SET_DEST,
      { service: service(80), destination: destination(1, { upperThreshold: 1, lowerThreshold: 2 }) },
    ],
    [
      'an upper threshold above 2^31',
      EINVAL,
      Command.NEW_DEST,
      { service: service(80), destination: destination(2, { upperThreshold: 0x80000000 }) },
    ],
    [
      'GUE without a port',
      EINVAL,
      Command.NEW_DEST,
      { service: service(80), destination: destination(2, { forwarding: TUNNEL, tunnelType: GUE }) },
    ],
    [
      'a destination of an unknown family',
      EAFNOSUPPORT,
      Command.NEW_DEST,
      { service: service(80), destination: destination(2, { family: 3 }) },
    ],
    [
      'mixed families without a tunnel',
      EINVAL,
      Command.NEW_DEST,
      { service: service(80), destination: destination(2, { family: AF_INET6, address: V6 }) },
    ],
    ...[address4(224, 0, 0, 1), address4(0, 0, 0, 0), address4(255, 255, 255, 255)].map(
      (address) =>
        [
          `a destination ${address.subarray(0, 4).join('.')}`,
          EINVAL,
          Command.NEW_DEST,
          { service: service(80), destination: destination(2, { address }) },
        ] as const,
    ),
    ['a daemon without interface', EINVAL, Command.NEW_DAEMON, { daemon: { state: 1, syncId: 1 } }],
    [
      'a daemon on an unknown interface',
      ENODEV,
      Command.NEW_DAEMON,
      { daemon: { state: 9, syncId: 1, interface: 'eth9' } },
    ],
    [
      'a daemon of an unknown state',
      EINVAL,
      Command.NEW_DAEMON,
      { daemon: { state: 3, syncId: 1, interface: 'eth0' } },
    ],
    [
      'a daemon whose group is not multicast',
      EINVAL,
      Command.NEW_DAEMON,
      {
        daemon: { state: 1, syncId: 1, interface: 'eth0', multicastGroup: Uint8Array.of(10, 0, 0, 1) },
      },
    ],
    ['stopping a daemon that does not run', ESRCH, Command.DEL_DAEMON, { daemon: { state: 1 } }],
    ['DEL_DAEMON without a daemon', EINVAL, Command.DEL_DAEMON, {}],
    ['a timeout that overflows', EINVAL, Command.SET_CONFIG, { timeoutUdp: 8589935 }],
    ['a command only the kernel sends', EOPNOTSUPP, Command.SET_INFO, {}],
    ['a command that does not exist', EOPNOTSUPP, 99, {}],
    ['the single dump on a stock kernel', EOPNOTSUPP, Command.GET_SERVICE_DEST, {}],
    ['GET_DEST as a do request', EOPNOTSUPP, Command.GET_DEST, {}],
  ];

for (const version of ['6.1', '6.12'] as const) {
  for (const [what, errno, command, values] of refusals) {
    test(`Linux ${version} refuses ${what}`, () => {
      const kernel = kernelWithOneService(version);
      const before = kernel.state.generation;
      assert.equal(errnoOf(kernel, command, values), errno);
      assert.equal(kernel.state.generation, before);
    });
  }
}
