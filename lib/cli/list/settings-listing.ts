import type { Daemon, Timeouts } from '../../../protocol/ipvs/index.ts';
import { printable } from '../../../protocol/netlink/text/printable.ts';

/** Formats timeouts as `ipvsadm -L --timeout` does. */
export function timeoutsText({ tcp = 0, tcpFin = 0, udp = 0 }: Timeouts): string {
  return `Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}\n`;
}

/** Formats sync daemons as `ipvsadm -L --daemon` does. */
export function daemonsText(daemons: readonly Daemon[]): string {
  let text = '';
  for (const daemon of daemons) {
    text += `${daemon.role} sync daemon (mcast=${printable(daemon.interface)}, syncid=${daemon.syncId}`;
    if (daemon.syncMaxLength) text += `, maxlen=${daemon.syncMaxLength}`;
    if (daemon.multicastGroup !== undefined) text += `, group=${daemon.multicastGroup}`;
    if (daemon.multicastPort) text += `, port=${daemon.multicastPort}`;
    if (daemon.multicastTtl) text += `, ttl=${daemon.multicastTtl}`;
    text += ')\n';
  }
  return text;
}
