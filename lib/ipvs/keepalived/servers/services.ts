import type {
  DesiredDestination,
  Family,
  Persistence,
  Protocol,
  ServiceWithDestinationsDefinition,
} from '../../../../protocol/ipvs/index.ts';
import type { Word } from '../syntax/blocks.ts';
import type { Report } from '../syntax/report.ts';
import type { Forwarding } from './forwarding.ts';
import type { Listener } from './groups.ts';
import { DEFAULT_PERSISTENCE, type RealServer, type VirtualServer } from './virtual-server.ts';

/** The scheduler that keepalived uses by default. */
const DEFAULT_SCHEDULER = 'wlc';

/**
 * Returns the service that keepalived makes of a virtual server for one of its addresses or marks; undefined if it makes
 * none. Makes the same corrections as keepalived, and notes those that change what was written.
 */
export function serviceOf(
  listener: Listener,
  server: VirtualServer,
  at: Word,
  report: Report,
): ServiceWithDestinationsDefinition | undefined {
  const note = (text: string, word: Word = at): void => report.note(word, word.text, text);
  const family = familyOf(listener, server);
  const hasMark = listener.mark !== undefined;
  const protocol = protocolOf(server, hasMark, note);
  const onePacket = server.onePacket && (hasMark || protocol === 'udp');
  if (server.onePacket && !onePacket) note('has `ops` without `protocol UDP`: `ops` is left out');
  const port = hasMark ? 0 : listener.port;
  const destinations = destinationsOf(listener, family, port, server, note);
  if (destinations.length === 0) {
    note('has no real servers and is left out');
    return undefined;
  }
  if (server.scheduler === undefined) note(`names no scheduler: ${DEFAULT_SCHEDULER} is used`);
  const scheduler = server.scheduler ?? DEFAULT_SCHEDULER;
  const persistence = persistenceOf(listener, family, port, server, note);
  const flags = server.flags.filter(({ name, at: word }) => {
    const [prefix] = name.split('-');
    const applies = prefix === 'flag' || prefix === scheduler;
    if (!applies) note(`applies only to the scheduler ${prefix} and is left out`, word);
    return applies;
  });
  const settings = {
    scheduler,
    ...(onePacket && { onePacket }),
    ...(flags.length > 0 && { schedulerFlags: flags.map(({ name }) => name) }),
    ...(persistence !== undefined && { persistence }),
    ...(persistence !== undefined &&
      server.persistenceEngine !== undefined && { persistenceEngine: server.persistenceEngine }),
    destinations,
  };
  if (listener.mark !== undefined) return { mark: listener.mark, family, ...settings };
  return { protocol, address: listener.address, port, ...settings };
}

/** Returns the family of the address; for a mark the configured family, or the real servers' family. */
function familyOf(listener: Listener, { family, realServers, forwarding }: VirtualServer): Family {
  if (listener.family !== undefined) return listener.family;
  if (family !== undefined) return family;
  const untunnelled = realServers.find((real) => (real.forwarding ?? forwarding)?.forwarding !== 'tunnel');
  return untunnelled?.family ?? 'ipv4';
}

function protocolOf(server: VirtualServer, hasMark: boolean, note: (text: string) => void): Protocol {
  if (hasMark) {
    if (server.protocol !== undefined)
      note('is a firewall mark, which has no protocol: `protocol` is left out');
    return 'tcp';
  }
  if (server.protocol === undefined) note('names no protocol: UDP is used');
  return server.protocol ?? 'udp';
}

function persistenceOf(
  { mark }: Listener,
  family: Family,
  port: number,
  server: VirtualServer,
  note: (text: string) => void,
): Persistence | undefined {
  const { netmask, prefixLength } = server;
  let timeout = server.persistenceTimeout;
  if (timeout === undefined && (netmask ?? prefixLength) !== undefined) {
    note(`has a \`persistence_granularity\` but no timeout: ${DEFAULT_PERSISTENCE} seconds are used`);
    timeout = DEFAULT_PERSISTENCE;
  }
  if (timeout === undefined && mark === undefined && port === 0) {
    note(`has no port, which requires persistence: a timeout of ${DEFAULT_PERSISTENCE} seconds is used`);
    timeout = DEFAULT_PERSISTENCE;
  }
  if (timeout === undefined) return undefined;
  const fits = family === 'ipv4' ? prefixLength === undefined : netmask === undefined;
  if (!fits) note('has a `persistence_granularity` of the other family, which is left out');
  return {
    timeout,
    ...(family === 'ipv4' && netmask !== undefined && { netmask }),
    ...(family === 'ipv6' && prefixLength !== undefined && { prefixLength }),
  };
}

function destinationsOf(
  { mark }: Listener,
  family: Family,
  servicePort: number,
  server: VirtualServer,
  note: (text: string, word?: Word) => void,
): readonly DesiredDestination[] {
  const destinations = new Map<string, DesiredDestination>();
  let methodMissing = false;
  for (const real of server.realServers) {
    const configured = real.forwarding ?? server.forwarding;
    methodMissing ||= configured === undefined;
    const { forwarding, tunnel }: Forwarding = configured ?? { forwarding: 'masq' };
    if (real.family !== family && forwarding !== 'tunnel') {
      note(`${real.address} is of another family than its service and is left out`, real.at);
      continue;
    }
    const port = portOf(real, forwarding === 'masq', mark !== undefined, servicePort, note);
    const key = `${real.address} ${port}`;
    if (destinations.has(key)) {
      note(`${real.address} is listed twice: only the first one is used`, real.at);
      continue;
    }
    destinations.set(key, {
      address: real.address,
      port,
      forwarding,
      weight: real.weight ?? server.weight,
      ...(real.upperThreshold > 0 && { upperThreshold: real.upperThreshold }),
      ...(real.lowerThreshold > 0 && { lowerThreshold: real.lowerThreshold }),
      ...(tunnel !== undefined && { tunnel }),
    });
  }
  if (methodMissing) note('names no forwarding method: NAT is used');
  return [...destinations.values()];
}

/** Returns the port of a destination: only NAT can use another one than the service's. */
function portOf(
  { address, port, at }: RealServer,
  nat: boolean,
  hasMark: boolean,
  servicePort: number,
  note: (text: string, word?: Word) => void,
): number {
  if (port === 0 || port === servicePort) return servicePort;
  if (nat) return port;
  if (hasMark) note(`${address} has a port of its own, which only NAT supports: it is left out`, at);
  else
    note(
      `${address} has another port than its service, which only NAT supports: the service's port is used`,
      at,
    );
  return servicePort;
}
