import { MAX_INTERFACE_NAME, MAX_PORT } from './constants.ts';
import type { Fields } from './field.ts';
import { DAEMON_ROLE_NUMBERS, type DaemonRole } from './names.ts';

/** The attributes of a sync daemon (`IPVS_DAEMON_ATTR_*`). */
export const daemonAttributes = {
  state: [1, 'u32'],
  interface: [2, 'string'],
  syncId: [3, 'u32'],
  syncMaxLength: [4, 'u16'],
  multicastGroup: [5, 'bytes4'],
  multicastGroup6: [6, 'bytes16'],
  /** Host-endian, unlike every other port. */
  multicastPort: [7, 'u16'],
  multicastTtl: [8, 'u8'],
} as const;

/** A connection synchronisation daemon. */
export interface Daemon {
  /** Whether it sends connection state (`master`) or receives it (`backup`). */
  readonly role: DaemonRole;
  /** Name of the network interface for multicast. At most 15 bytes. */
  readonly interface: string;
  /** Sync ID, 0-255; a backup daemon with ID 0 accepts messages with any ID. */
  readonly syncId: number;
  /** Maximum length of a synchronisation message, in bytes; 0 or absent for the kernel's choice. */
  readonly syncMaxLength?: number | undefined;
  /** IPv4 or IPv6 multicast address. The kernel's default: 224.0.0.81. */
  readonly multicastGroup?: string | undefined;
  /** UDP port, 1-65535. The kernel's default: 8848. */
  readonly multicastPort?: number | undefined;
  /** Time to live, 1-255. The kernel's default: 1. */
  readonly multicastTtl?: number | undefined;
}

/**
 * Every field of a sync daemon. A request that omits an optional field, or sets a numeric one to 0, leaves the choice
 * to the kernel.
 */
export const daemonFields: Fields<keyof Daemon> = {
  role: {
    role: 'key',
    accepts: { kind: 'enum', values: DAEMON_ROLE_NUMBERS },
    attribute: 'state',
  },
  interface: {
    role: 'setting',
    accepts: { kind: 'text', maximum: MAX_INTERFACE_NAME },
    attribute: 'interface',
    description: 'Network interface.',
    options: [{ long: 'mcast-interface', valueName: 'name', help: 'interface; eth0 by default' }],
    cliDefault: 'eth0',
  },
  syncId: {
    role: 'setting',
    accepts: { kind: 'integer', minimum: 0, maximum: 255 },
    attribute: 'syncId',
    description: 'Sync ID; a backup daemon with ID 0 accepts messages with any ID.',
    options: [{ long: 'syncid', valueName: 'id', help: 'sync ID, 0-255; 0 by default' }],
    cliDefault: 0,
  },
  syncMaxLength: {
    role: 'setting',
    accepts: { kind: 'integer', minimum: 0, maximum: 65535 },
    attribute: 'syncMaxLength',
    optional: true,
    kernelChoosesIf: 0,
    description: 'Longest message in bytes; 0 lets the kernel choose.',
    options: [
      {
        long: 'sync-maxlen',
        valueName: 'bytes',
        minimum: 1,
        // The maximum payload of UDP over IPv4.
        maximum: 65535 - 20 - 8,
        help: 'longest sync message',
      },
    ],
  },
  multicastGroup: {
    role: 'setting',
    accepts: { kind: 'address' },
    optional: true,
    description: 'Address that messages go to; default: 224.0.0.81.',
    options: [{ long: 'mcast-group', valueName: 'address', help: 'group; 224.0.0.81 by default' }],
  },
  multicastPort: {
    role: 'setting',
    accepts: { kind: 'integer', minimum: 0, maximum: MAX_PORT },
    attribute: 'multicastPort',
    optional: true,
    kernelChoosesIf: 0,
    description: 'UDP port; default: 8848.',
    options: [{ long: 'mcast-port', valueName: 'port', minimum: 1, help: 'UDP port; 8848 by default' }],
  },
  multicastTtl: {
    role: 'setting',
    accepts: { kind: 'integer', minimum: 0, maximum: 255 },
    attribute: 'multicastTtl',
    optional: true,
    kernelChoosesIf: 0,
    description: 'Time to live; default: 1.',
    options: [{ long: 'mcast-ttl', valueName: 'ttl', minimum: 1, help: 'time to live; 1 by default' }],
  },
};
