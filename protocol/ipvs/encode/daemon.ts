import { formatAddress, parseAddress } from '../fields/address.ts';
import { DaemonState, MAX_INTERFACE_NAME } from '../fields/constants.ts';
import type { Daemon, Timeouts } from '../fields/types.ts';
import { integer, name, object, optionalInteger, text } from './checks.ts';
import type { CommandValues, DaemonValues } from './values.ts';

/** The kernel itself refuses what times HZ does not fit a signed int (ip_vs_set_timeout). */
const MAX_TIMEOUT = 0x7fffffff;
const MAX_PORT = 65535;

/** The attributes of a sync daemon. Throws a {@link FieldError} that names the field. */
export function daemonValues(daemon: Daemon): DaemonValues {
  object('daemon', daemon);
  const { role, syncMaxLength, multicastGroup, multicastPort, multicastTtl } = daemon;
  const state = { master: DaemonState.MASTER, backup: DaemonState.BACKUP };
  const group =
    multicastGroup === undefined ? undefined : parseAddress('daemon.multicastGroup', multicastGroup);
  return {
    state: state[name('daemon.role', role, state) as keyof typeof state],
    interface: text('daemon.interface', daemon.interface, MAX_INTERFACE_NAME),
    syncId: integer('daemon.syncId', daemon.syncId, 0, 255),
    syncMaxLength: optionalInteger('daemon.syncMaxLength', syncMaxLength, 0, 65535),
    multicastGroup: group?.family === 'ipv4' ? group.bytes.slice(0, 4) : undefined,
    multicastGroup6: group?.family === 'ipv6' ? group.bytes : undefined,
    multicastPort: optionalInteger('daemon.multicastPort', multicastPort, 0, MAX_PORT),
    multicastTtl: optionalInteger('daemon.multicastTtl', multicastTtl, 0, 255),
  };
}

/** The attributes of DEL_DAEMON: which daemon. Throws a {@link FieldError} that names the field. */
export function daemonKeyValues(key: Pick<Daemon, 'role' | 'syncId'>): DaemonValues {
  object('daemon', key);
  const state = { master: DaemonState.MASTER, backup: DaemonState.BACKUP };
  return {
    state: state[name('daemon.role', key.role, state) as keyof typeof state],
    syncId: integer('daemon.syncId', key.syncId, 0, 255),
  };
}

/** The attributes of SET_CONFIG. Throws a {@link FieldError} that names the field. */
export function timeoutValues(timeouts: Timeouts): CommandValues {
  object('timeouts', timeouts);
  return {
    timeoutTcp: optionalInteger('timeouts.tcp', timeouts.tcp, 0, MAX_TIMEOUT) ?? 0,
    timeoutTcpFin: optionalInteger('timeouts.tcpFin', timeouts.tcpFin, 0, MAX_TIMEOUT) ?? 0,
    timeoutUdp: optionalInteger('timeouts.udp', timeouts.udp, 0, MAX_TIMEOUT) ?? 0,
  };
}

/** The text of a daemon's multicast group. */
export function multicastGroupText(values: DaemonValues): string | undefined {
  if (values.multicastGroup !== undefined) return formatAddress('ipv4', values.multicastGroup);
  if (values.multicastGroup6 !== undefined) return formatAddress('ipv6', values.multicastGroup6);
  return undefined;
}
