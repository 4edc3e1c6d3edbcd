import {
  type Daemon,
  type DestinationView,
  type Protocol,
  type RecordCursor,
  ServiceFlag,
  type ServiceView,
  type Timeouts,
} from '../../../protocol/ipvs/index.ts';
import {
  type Endpoint,
  endpointLabel,
  markLabel,
  netmaskLabel,
  type ShownNames,
  schedulerFlagsLabel,
} from './labels.ts';
import { type Order, visitDestinations } from './order.ts';
import { ruleWord, serviceWord } from './rule-text.ts';

const PROTOCOL_OPTIONS: Readonly<Record<string, string>> = { tcp: '-t', udp: '-u', sctp: '--sctp-service' };
const FORWARDING_OPTIONS: Readonly<Record<string, string>> = {
  masq: '-m',
  tunnel: '-i',
  local: '-g',
  'direct-route': '-g',
};

/** What a kernel starts with, in seconds. */
const DEFAULT_TIMEOUTS = { tcp: 900, tcpFin: 120, udp: 300 } as const;

/**
 * The service that a cursor is at, with its destinations, as `ipvsadm -S` writes it; with thresholds unless `compat`.
 */
export function serviceRules(
  cursor: RecordCursor,
  compat: boolean,
  order: Order,
  names: ShownNames | undefined,
): string {
  const { service, destination } = cursor;
  const label = serviceOptions(service, compat, names);
  const start = `-a ${label} -r `;
  let text = `-A ${label}${serviceSettings(service, compat)}`;
  visitDestinations(cursor, order, () => {
    const server =
      names === undefined ? destination.endpoint : endpointLabel(destination, service.protocol, names);
    text += start + server + destinationSettings(destination, compat);
  });
  return text;
}

function serviceOptions(service: ServiceView, compat: boolean, names: ShownNames | undefined): string {
  const { mark } = service;
  if (mark !== undefined) return `-f ${markLabel(mark, compat)}${service.family === 'ipv6' ? ' -6' : ''}`;
  const protocol = service.protocol as Protocol;
  return `${PROTOCOL_OPTIONS[protocol] ?? '--xxx-service'} ${endpointLabel(service as Endpoint, protocol, names)}`;
}

/** What follows the label of a service. */
function serviceSettings(service: ServiceView, compat: boolean): string {
  let text = ` -s ${serviceWord(service.scheduler, 'scheduler', service)}`;
  const { flags, persistenceEngine } = service;
  if ((flags & ~ServiceFlag.HASHED) === 0 && persistenceEngine === undefined) return `${text}\n`;
  const { persistence, onePacket, schedulerFlags } = service;
  if (persistence !== undefined) {
    text += ` -p ${persistence.timeout}`;
    const netmask = netmaskLabel(service);
    if (netmask !== undefined) text += ` -M ${netmask}`;
  }
  if (persistenceEngine !== undefined)
    text += ` --pe ${serviceWord(persistenceEngine, 'persistence engine', service)}`;
  if (onePacket) text += ' -o';
  if (schedulerFlags.length > 0) text += ` -b ${schedulerFlagsLabel(service, compat)}`;
  return `${text}\n`;
}

/** What follows the label of a destination. */
function destinationSettings(destination: DestinationView, compat: boolean): string {
  const { forwarding, weight, upperThreshold, lowerThreshold } = destination;
  let text = ` ${FORWARDING_OPTIONS[forwarding] ?? '(null)'} -w ${weight}`;
  if (forwarding === 'tunnel') text += tunnelSettings(destination);
  if (!compat && upperThreshold !== 0) text += ` -x ${upperThreshold}`;
  if (!compat && lowerThreshold !== 0) text += ` -y ${lowerThreshold}`;
  return `${text}\n`;
}

function tunnelSettings({ tunnel }: DestinationView): string {
  const { type, port, checksum } = tunnel ?? { type: 'ipip', port: 0, checksum: 'nocsum' };
  if (type === 'ipip') return ' --tun-type ipip';
  if (type === 'gue') return ` --tun-type gue --tun-port ${port} --tun-${checksum}`;
  return type === 'gre' ? ` --tun-type gre --tun-${checksum}` : '';
}

/** The line that sets the timeouts, or none where they are the kernel's own and `always` is false. */
export function timeoutsRule(timeouts: Timeouts, always: boolean): string {
  const { tcp = 0, tcpFin = 0, udp = 0 } = timeouts;
  const usual =
    tcp === DEFAULT_TIMEOUTS.tcp && tcpFin === DEFAULT_TIMEOUTS.tcpFin && udp === DEFAULT_TIMEOUTS.udp;
  return usual && !always ? '' : `--set ${tcp} ${tcpFin} ${udp}\n`;
}

/** The line that starts a daemon. */
export function daemonRule(daemon: Daemon): string {
  const { syncMaxLength, multicastGroup, multicastPort, multicastTtl } = daemon;
  const multicastInterface = ruleWord(daemon.interface, () => `the interface of the ${daemon.role} daemon`);
  let text = `--start-daemon ${daemon.role} --mcast-interface ${multicastInterface} --syncid ${daemon.syncId}`;
  if (syncMaxLength) text += ` --sync-maxlen ${syncMaxLength}`;
  if (multicastGroup !== undefined) text += ` --mcast-group ${multicastGroup}`;
  if (multicastPort) text += ` --mcast-port ${multicastPort}`;
  if (multicastTtl) text += ` --mcast-ttl ${multicastTtl}`;
  return `${text}\n`;
}
