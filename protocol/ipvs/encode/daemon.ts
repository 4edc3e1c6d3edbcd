import { formatAddress, parseAddress } from '../fields/address.ts';
import { type Daemon, daemonFields } from '../fields/daemon.ts';
import { type Timeouts, timeoutFields } from '../fields/timeouts.ts';
import { checkObject } from './checks.ts';
import { FieldEncoder } from './field-encoder.ts';
import type { CommandValues, DaemonValues } from './values.ts';

const { role, syncId } = daemonFields;
const DAEMON = new FieldEncoder('daemon', daemonFields);
const DAEMON_KEY = new FieldEncoder('daemon', { role, syncId });
const TIMEOUTS = new FieldEncoder('timeouts', timeoutFields);

/** Returns the attributes of a sync daemon (NEW_DAEMON). Throws a {@link FieldError} that names the field. */
export function daemonValues(daemon: Daemon): DaemonValues {
  checkObject('daemon', daemon);
  const { multicastGroup } = daemon;
  const group =
    multicastGroup === undefined ? undefined : parseAddress('daemon.multicastGroup', multicastGroup);
  const values: DaemonValues = {
    multicastGroup: group?.family === 'ipv4' ? group.bytes.slice(0, 4) : undefined,
    multicastGroup6: group?.family === 'ipv6' ? group.bytes : undefined,
  };
  DAEMON.encode(daemon, values);
  return values;
}

/**
 * Returns the attributes of DEL_DAEMON: role and sync ID, of which the kernel uses the role only
 * (ip_vs_genl_del_daemon). Throws a {@link FieldError} that names the field.
 */
export function daemonKeyValues(key: Pick<Daemon, 'role' | 'syncId'>): DaemonValues {
  checkObject('daemon', key);
  const values: DaemonValues = {};
  DAEMON_KEY.encode(key, values);
  return values;
}

/**
 * Returns the attributes of SET_CONFIG; 0 means unchanged. Throws a {@link FieldError} that names the field.
 */
export function timeoutValues(timeouts: Timeouts): CommandValues {
  checkObject('timeouts', timeouts);
  const values: CommandValues = { timeoutTcp: 0, timeoutTcpFin: 0, timeoutUdp: 0 };
  TIMEOUTS.encode(timeouts, values);
  return values;
}

/** Returns a daemon's multicast group as text; undefined if there is none. */
export function multicastGroupText(values: DaemonValues): string | undefined {
  if (values.multicastGroup !== undefined) return formatAddress('ipv4', values.multicastGroup);
  if (values.multicastGroup6 !== undefined) return formatAddress('ipv6', values.multicastGroup6);
  return undefined;
}
