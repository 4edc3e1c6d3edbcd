import {
  type Daemon,
  type DaemonValues,
  daemonKeyValues,
  daemonValues,
  decodeDaemon,
  type Info,
  ipvsAttributes,
  ipvsCodec,
  type Timeouts,
  timeoutValues,
  versionText,
} from '../../../protocol/ipvs/index.ts';
import { walkAttributesOfType } from '../../../protocol/netlink/index.ts';
import type { CommandName, IpvsRequest } from './ipvs-call.ts';
import { readRequest, WriteRequest } from './request.ts';

const DAEMON_NEST = ipvsAttributes.command.daemon[0];

/**
 * Returns a request that starts or stops a sync daemon. It asks for an ack of its own, also in a datagram of several
 * requests: the kernel waits for a thread, and sends no ack if that wait is interrupted (`netlink_rcv_skb` on EINTR).
 */
function daemonRequest(command: CommandName, daemon: DaemonValues, role: string): IpvsRequest<void> {
  return new WriteRequest(command, { daemon }, () => `${role} daemon`, false);
}

/** GET_CONFIG. */
export function getTimeouts(): IpvsRequest<Timeouts[]> {
  return readRequest({
    command: 'GET_CONFIG',
    dump: false,
    decode: (view, start, end, timeouts: Timeouts[]) => {
      const { timeoutTcp, timeoutTcpFin, timeoutUdp } = ipvsCodec.decode('command', view, start, end);
      timeouts.push({ tcp: timeoutTcp, tcpFin: timeoutTcpFin, udp: timeoutUdp });
    },
  });
}

/** SET_CONFIG. Throws a FieldError. */
export function setTimeouts(timeouts: Timeouts): IpvsRequest<void> {
  return new WriteRequest('SET_CONFIG', timeoutValues(timeouts), () => 'timeouts');
}

/** GET_DAEMON. */
export function getDaemons(): IpvsRequest<Daemon[]> {
  return readRequest({
    command: 'GET_DAEMON',
    dump: true,
    decode: (view, start, end, daemons: Daemon[]) => {
      walkAttributesOfType(view, start, end, DAEMON_NEST, (from, to) =>
        daemons.push(decodeDaemon(view, from, to)),
      );
    },
  });
}

/** NEW_DAEMON. Throws a FieldError. */
export function newDaemon(daemon: Daemon): IpvsRequest<void> {
  return daemonRequest('NEW_DAEMON', daemonValues(daemon), daemon.role);
}

/** DEL_DAEMON. Throws a FieldError. */
export function deleteDaemon(key: Pick<Daemon, 'role' | 'syncId'>): IpvsRequest<void> {
  return daemonRequest('DEL_DAEMON', daemonKeyValues(key), key.role);
}

/** GET_INFO. */
export function getInfo(): IpvsRequest<Info[]> {
  return readRequest({
    command: 'GET_INFO',
    dump: false,
    decode: (view, start, end, infos: Info[]) => {
      const { version = 0, connectionTableSize = 0, generation } = ipvsCodec.decode('info', view, start, end);
      infos.push({
        version: versionText(version),
        connectionTableSize,
        generation,
      });
    },
  });
}
