import { constants } from 'node:os';
import type { Command } from '../../protocol/ipvs/index.ts';

const { EPERM, EOPNOTSUPP, ENOENT, ESRCH, EEXIST, ENODEV, EAFNOSUPPORT, ERANGE, EINVAL } = constants.errno;

/** How the module comes to be there. */
export const MODULE_HINT = 'load the module with: modprobe ip_vs';

const RIGHT_HINT = 'IPVS needs CAP_NET_ADMIN in the initial user namespace: run as root';

const NO_FAMILY = 'the kernel was built without this address family for IPVS';

const BAD_PREFIX = 'a prefix length of IPv6 must be 1 to 128';

const BAD_DESTINATION =
  'the address must be a unicast address (and not link-local), the upper threshold at most 2147483647, ' +
  "the port of gue given, and the family the service's unless a tunnel leads there and no sync daemon runs";

/** What the same error number means under each command, and what to do. */
const HINTS: { readonly [Name in keyof typeof Command]?: { readonly [errno: number]: string } } = {
  NEW_SERVICE: {
    [ENOENT]: 'the kernel has no such scheduler or persistence engine: modprobe ip_vs_<name>',
    [EEXIST]: 'the service is already there',
    [EAFNOSUPPORT]: NO_FAMILY,
    [EINVAL]: BAD_PREFIX,
  },
  SET_SERVICE: {
    [EINVAL]: BAD_PREFIX,
    [ENOENT]: 'the kernel has no such scheduler or persistence engine: modprobe ip_vs_<name>',
    [ESRCH]: 'there is no such service',
  },
  DEL_SERVICE: { [ESRCH]: 'there is no such service' },
  GET_SERVICE: { [ESRCH]: 'there is no such service' },
  ZERO: { [ESRCH]: 'there is no such service' },
  NEW_DEST: {
    [ESRCH]: 'there is no such service',
    [EEXIST]: 'the destination is already there',
    [EAFNOSUPPORT]: NO_FAMILY,
    [EINVAL]: BAD_DESTINATION,
    [ERANGE]: 'a weight below 0, or a lower threshold above the upper one',
  },
  SET_DEST: {
    [ESRCH]: 'there is no such service',
    [ENOENT]: 'there is no such destination',
    [EINVAL]: BAD_DESTINATION,
    [ERANGE]: 'a weight below 0, or a lower threshold above the upper one',
  },
  DEL_DEST: { [ESRCH]: 'there is no such service', [ENOENT]: 'there is no such destination' },
  NEW_DAEMON: {
    [EEXIST]: 'such a daemon already runs',
    [ENODEV]: 'there is no such network interface',
    [EINVAL]: 'the group must be a multicast address, and no service may have destinations of another family',
  },
  SET_CONFIG: { [EINVAL]: 'a timeout is too long for the kernel' },
  DEL_DAEMON: { [ESRCH]: 'no such daemon runs' },
};

/** What can be done about `errno` as the answer to `command`, where that is known. */
export function hintFor(command: keyof typeof Command, errno: number): string | undefined {
  if (errno === EPERM) return RIGHT_HINT;
  if (errno === EOPNOTSUPP) return `this kernel does not know the command ${command}`;
  return HINTS[command]?.[errno];
}
