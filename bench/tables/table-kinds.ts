import type {
  DestinationDefinition,
  Family,
  SchedulerFlag,
  ServiceDefinition,
  Tunnel,
} from '../../lib/index.ts';
import { Random } from '../sampling/random.ts';

/** The definitions of a service and its destinations. */
export type ServiceDefinitionWithDestinations = readonly [
  service: ServiceDefinition,
  destinations: readonly DestinationDefinition[],
];

const SEED = 2020;

/** Number of ports from 1 to 65535. Port 0 is the wildcard (any port), so it is left out. */
const PORTS = 65535;
const FIRST_SERVICE_PORT = 30000;
const FIRST_DESTINATION_PORT = 10000;

/**
 * Yields services that are all alike, as in the published benchmark (see `publishedTables`). The first
 * `tcp` services are TCP: service i is 10.0.0.1:(30000+i) with scheduler rr; `marks` firewall-mark services follow.
 * Destinations are 10.0.0.1:(10000+k), where k counts over all services. Beyond port 65535 the last byte of
 * the address is incremented.
 */
export function* uniformTable(
  tcp: number,
  marks: number,
  destinations: number,
): Generator<ServiceDefinitionWithDestinations> {
  let next = 0;
  for (let index = 0; index < tcp + marks; index++) {
    const service: ServiceDefinition =
      index < tcp
        ? { protocol: 'tcp', ...endpoint(FIRST_SERVICE_PORT + index), scheduler: 'rr' }
        : { mark: index - tcp + 1, scheduler: 'rr' };
    const definitions: DestinationDefinition[] = [];
    for (let count = 0; count < destinations; count++) {
      definitions.push({ ...endpoint(FIRST_DESTINATION_PORT + next++), forwarding: 'masq', weight: 1 });
    }
    yield [service, definitions];
  }
}

function endpoint(number: number): { readonly address: string; readonly port: number } {
  const index = number - 1;
  return { address: `10.0.0.${1 + Math.floor(index / PORTS)}`, port: 1 + (index % PORTS) };
}

/** Returns the IPv4 address 10.0.0.0 plus `offset`. */
function ipv4(offset: number): string {
  return `10.${(offset >> 16) & 0xff}.${(offset >> 8) & 0xff}.${offset & 0xff}`;
}

/** Returns the IPv6 address with this number in a network of the documentation prefix. */
function ipv6(network: number, number: number): string {
  return `2001:db8:${network.toString(16)}::${(number >> 16).toString(16)}:${(number & 0xffff).toString(16)}`;
}

const CLUSTER_ADDRESSES = 96 << 16;
const POD_ADDRESSES = 128 << 16;
const PODS = 50_000;

/**
 * Yields a table like kube-proxy's: TCP and some UDP, round robin, few services persistent; each service has 1 to
 * 60 destinations, mostly few; some destinations belong to several services.
 */
export function* proxyTable(services: number): Generator<ServiceDefinitionWithDestinations> {
  const random = new Random(SEED);
  for (let index = 0; index < services; index++) {
    const udp = random.chance(0.15);
    const port = udp ? 53 : random.pick([80, 443, 8080, 9090, 5432]);
    const service: ServiceDefinition = {
      protocol: udp ? 'udp' : 'tcp',
      address: ipv4(CLUSTER_ADDRESSES + 1 + index),
      port,
      scheduler: 'rr',
      persistence: random.chance(0.1) ? { timeout: 10_800 } : undefined,
    };
    const definitions: DestinationDefinition[] = [];
    const first = random.below(PODS);
    const targetPort = random.pick([port, 8080, 3000, 9000]);
    const fraction = random.below(1000) / 1000;
    for (let count = Math.floor(60 * fraction * fraction); count >= 0; count--) {
      definitions.push({
        address: ipv4(POD_ADDRESSES + 1 + first + 7 * count),
        port: targetPort,
        forwarding: 'masq',
      });
    }
    yield [service, definitions];
  }
}

const EDGE_SCHEDULERS = ['wlc', 'sh', 'mh', 'wrr'] as const;
const EDGE_FLAGS: Readonly<Record<(typeof EDGE_SCHEDULERS)[number], readonly SchedulerFlag[]>> = {
  wlc: [],
  wrr: [],
  sh: ['sh-port'],
  mh: ['mh-fallback', 'mh-port'],
};

/**
 * Yields a table like an edge load balancer's: HTTP and HTTPS on addresses of both families, four
 * schedulers, a third of the services persistent, 1 to 16 destinations with masq, direct-route or tunnel.
 */
export function* edgeTable(services: number): Generator<ServiceDefinitionWithDestinations> {
  const random = new Random(SEED);
  for (let index = 0; index < services; index++) {
    const addressNumber = 1 + (index >> 1);
    const family: Family = addressNumber % 5 < 3 ? 'ipv4' : 'ipv6';
    const scheduler = random.pick(EDGE_SCHEDULERS);
    const port = index % 2 === 0 ? 80 : 443;
    const service: ServiceDefinition = {
      protocol: 'tcp',
      address: family === 'ipv4' ? ipv4(addressNumber) : ipv6(1, addressNumber),
      port,
      scheduler,
      schedulerFlags: random.chance(0.5) ? EDGE_FLAGS[scheduler] : [],
      persistence: random.chance(1 / 3) ? persistence(random, family) : undefined,
    };
    const forwarding = random.pick(['direct-route', 'direct-route', 'masq', 'tunnel'] as const);
    const definitions: DestinationDefinition[] = [];
    const first = random.below(PODS);
    for (let count = random.between(1, 16); count > 0; count--) {
      const number = 1 + first + count;
      definitions.push({
        address: family === 'ipv4' ? ipv4(POD_ADDRESSES + number) : ipv6(2, number),
        port: forwarding === 'masq' ? 8080 : port,
        forwarding,
        weight: random.between(1, 100),
      });
    }
    yield [service, definitions];
  }
}

function persistence(random: Random, family: Family): ServiceDefinition['persistence'] {
  const timeout = random.pick([60, 300, 360, 1800, 86_400]);
  if (random.chance(0.5)) return { timeout };
  return family === 'ipv4'
    ? { timeout, netmask: random.pick(['255.255.255.0', '255.255.0.0', '255.255.255.240']) }
    : { timeout, prefixLength: random.pick([48, 56, 64, 96]) };
}

/** All schedulers but twos, which not every kernel we test on has (Linux 5.12, CONFIG_IP_VS_TWOS). */
const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh'];
const SCHEDULER_FLAGS: readonly SchedulerFlag[] = ['flag-1', 'flag-2', 'flag-3'];
const TUNNELS: readonly (Partial<Tunnel> | undefined)[] = [
  undefined,
  { type: 'ipip' },
  { type: 'gue', port: 5555, checksum: 'nocsum' },
  { type: 'gue', port: 6080, checksum: 'remcsum' },
  { type: 'gre', checksum: 'csum' },
];

/**
 * Yields a table with every feature of IPVS: firewall marks, both families, TCP, UDP and SCTP, the schedulers
 * with and without flags, persistence with masks and prefixes, persistence engines, one-packet scheduling,
 * the forwarding methods masq, direct-route and tunnel, all types of tunnels (with some destinations of the
 * other family), thresholds, 0 to 12 destinations.
 */
export function* mixedTable(services: number): Generator<ServiceDefinitionWithDestinations> {
  const random = new Random(SEED);
  for (let index = 0; index < services; index++) {
    const family = random.pick(['ipv4', 'ipv6'] as const);
    const protocol = random.pick(['tcp', 'tcp', 'udp', 'sctp'] as const);
    const marked = random.chance(0.25);
    const persistent = random.chance(0.3);
    const udp = !marked && protocol === 'udp';
    const service: ServiceDefinition = {
      ...(marked
        ? { mark: 1 + index * 70_001, family }
        : {
            protocol,
            address: family === 'ipv4' ? ipv4(1 + index) : ipv6(1, 1 + index),
            port: random.between(1, PORTS),
          }),
      scheduler: random.pick(SCHEDULERS),
      schedulerFlags: random.chance(0.3) ? SCHEDULER_FLAGS.filter(() => random.chance(0.5)) : [],
      onePacket: udp && random.chance(0.3),
      persistence: persistent ? persistence(random, family) : undefined,
      persistenceEngine: udp && persistent ? 'sip' : undefined,
    };
    const definitions: DestinationDefinition[] = [];
    const first = random.below(PODS);
    for (let count = random.between(0, 12); count > 0; count--) {
      definitions.push(mixedDestination(random, family, 1 + first + count));
    }
    yield [service, definitions];
  }
}

function mixedDestination(random: Random, serviceFamily: Family, number: number): DestinationDefinition {
  const forwarding = random.pick(['masq', 'masq', 'direct-route', 'tunnel', 'tunnel'] as const);
  const tunnelled = forwarding === 'tunnel';
  const otherFamily = tunnelled && random.chance(0.2);
  const ipv4Address = (serviceFamily === 'ipv4') !== otherFamily;
  const upperThreshold = random.chance(0.25) ? random.between(100, 10_000) : 0;
  return {
    address: ipv4Address ? ipv4(POD_ADDRESSES + number) : ipv6(2, number),
    port: random.between(1, PORTS),
    forwarding,
    weight: random.chance(0.1) ? 0 : random.between(1, 200),
    upperThreshold,
    lowerThreshold: random.chance(0.5) ? upperThreshold >> 1 : 0,
    tunnel: tunnelled ? random.pick(TUNNELS) : undefined,
  };
}
