import {
  type Daemon,
  type DestinationView,
  daemonFields,
  destinationFields,
  type Fields,
  fieldsOf,
  type NamedField,
  type Protocol,
  type RecordCursor,
  ServiceFlag,
  type ServiceView,
  serviceFields,
  type Timeouts,
} from '../../../protocol/ipvs/index.ts';
import {
  endpointLabel,
  markLabel,
  netmaskLabel,
  type ReverseLookup,
  type ShownEndpoint,
  schedulerFlagsLabel,
} from './labels.ts';
import { mapDestinations, type Order } from './order.ts';
import { ruleWord, serviceWord } from './rule-text.ts';

const PROTOCOL_OPTIONS: Readonly<Record<string, string>> = { tcp: '-t', udp: '-u', sctp: '--sctp-service' };
const FORWARDING_OPTIONS: Readonly<Record<string, string>> = {
  masq: '-m',
  tunnel: '-i',
  local: '-g',
  'direct-route': '-g',
};

/** The default timeouts of the kernel, in seconds. */
const DEFAULT_TIMEOUTS = { tcp: 900, tcpFin: 120, udp: 300 } as const;

/**
 * Formats the service at a cursor with its destinations as `ipvsadm -S` does, and with thresholds unless
 * `compat`.
 */
export function serviceRules(
  cursor: RecordCursor,
  compat: boolean,
  order: Order,
  names: ReverseLookup | undefined,
): string {
  const { service, destination } = cursor;
  const key = serviceKeyOption(service, compat, names);
  const start = `-a ${key} -r `;
  const rules = mapDestinations(cursor, order, () => {
    const server =
      names === undefined ? destination.endpoint : endpointLabel(destination, service.protocol, names);
    return start + server + destinationSettings(destination, compat);
  });
  return `-A ${key}${serviceSettings(service, compat)}${rules.join('')}`;
}

/** Returns the option that names a service, such as `-t 192.0.2.1:80` or `-f 7`. */
function serviceKeyOption(service: ServiceView, compat: boolean, names: ReverseLookup | undefined): string {
  const { mark } = service;
  if (mark !== undefined) return `-f ${markLabel(mark, compat)}${service.family === 'ipv6' ? ' -6' : ''}`;
  const protocol = service.protocol as Protocol;
  return `${PROTOCOL_OPTIONS[protocol] ?? '--xxx-service'} ${endpointLabel(service as ShownEndpoint, protocol, names)}`;
}

/** The settings of services and of destinations that `ipvsadm -S` writes. */
// biome-ignore format: a list
const IPVSADM_SERVICE_SETTINGS = ['scheduler', 'persistence', 'persistenceEngine', 'onePacket', 'schedulerFlags'];
const IPVSADM_DESTINATION_SETTINGS = ['forwarding', 'weight', 'tunnel'];
/** The settings that `ipvsadm -S` does not write although ipvsadm has options for them. */
const SERVICE_ADDITIONS = additionsTo(IPVSADM_SERVICE_SETTINGS, serviceFields);
const DESTINATION_ADDITIONS = additionsTo(IPVSADM_DESTINATION_SETTINGS, destinationFields);

function additionsTo(written: readonly string[], fields: Fields): readonly NamedField[] {
  return fieldsOf(fields, 'setting').filter(({ name, options }) => options && !written.includes(name));
}

/** Returns the options of settings that differ from their defaults. */
function settingsText(settings: readonly NamedField[], object: object): string {
  let text = '';
  for (let index = 0; index < settings.length; index++) {
    const setting = settings[index]!;
    const value = (object as Readonly<Record<string, unknown>>)[setting.name];
    if (value !== setting.default && value !== undefined) text += settingText(setting, value);
  }
  return text;
}

function settingText({ name, options }: NamedField, value: unknown): string {
  const { long, short, impliedValue } =
    options!.find((option) => option.impliedValue === value) ?? options![0]!;
  const text = short === undefined ? ` --${long}` : ` -${short}`;
  return impliedValue === undefined ? `${text} ${ruleWord(String(value), () => `a ${name}`)}` : text;
}

/** Returns the options after the endpoint of a service. */
function serviceSettings(service: ServiceView, compat: boolean): string {
  let text = ` -s ${serviceWord(service.scheduler, 'scheduler', service)}`;
  const additions = compat ? '' : settingsText(SERVICE_ADDITIONS, service);
  const { flags, persistenceEngine } = service;
  if ((flags & ~ServiceFlag.HASHED) === 0 && persistenceEngine === undefined) return `${text}${additions}\n`;
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
  return `${text}${additions}\n`;
}

/** Returns the options after the endpoint of a destination. */
function destinationSettings(destination: DestinationView, compat: boolean): string {
  const { forwarding, weight } = destination;
  let text = ` ${FORWARDING_OPTIONS[forwarding] ?? '(null)'} -w ${weight}`;
  if (forwarding === 'tunnel') text += tunnelSettings(destination);
  if (!compat) text += settingsText(DESTINATION_ADDITIONS, destination);
  return `${text}\n`;
}

function tunnelSettings({ tunnel }: DestinationView): string {
  const { type, port, checksum } = tunnel ?? { type: 'ipip', port: 0, checksum: 'nocsum' };
  if (type === 'ipip') return ' --tun-type ipip';
  if (type === 'gue') return ` --tun-type gue --tun-port ${port} --tun-${checksum}`;
  return type === 'gre' ? ` --tun-type gre --tun-${checksum}` : '';
}

/** Returns the rule that sets the timeouts; empty if they are the kernel's defaults and `always` is false. */
export function timeoutsRule(timeouts: Timeouts, always: boolean): string {
  const { tcp = 0, tcpFin = 0, udp = 0 } = timeouts;
  const unchanged =
    tcp === DEFAULT_TIMEOUTS.tcp && tcpFin === DEFAULT_TIMEOUTS.tcpFin && udp === DEFAULT_TIMEOUTS.udp;
  return unchanged && !always ? '' : `--set ${tcp} ${tcpFin} ${udp}\n`;
}

/** Returns the rule that starts a sync daemon. */
export function daemonRule(daemon: Daemon): string {
  let text = `--start-daemon ${daemon.role}`;
  for (const { name, options = [], cliDefault } of fieldsOf(daemonFields, 'setting')) {
    const value = daemon[name as keyof Daemon];
    // 0 means the kernel's default and is left out, unless the command line has a default of its own.
    if (value === undefined || (value === 0 && cliDefault === undefined)) continue;
    text += ` --${options[0]!.long} ${ruleWord(String(value), () => `the ${name} of the ${daemon.role} daemon`)}`;
  }
  return `${text}\n`;
}
