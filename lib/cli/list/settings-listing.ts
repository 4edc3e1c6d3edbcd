import type { Daemon, Timeouts } from '../../../protocol/ipvs/index.ts';
import { printable } from '../../../protocol/netlink/text/printable.ts';

/** What `ipvsadm -L --timeout` prints. */
export function timeoutsText({ tcp = 0, tcpFin = 0, udp = 0 }: Timeouts): string {
  return `Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}\n`;
}

/** What `ipvsadm -L --daemon` prints. */
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
