import {
  DESTINATION_DEFAULTS,
  WHOLE_NETMASK,
  WHOLE_PREFIX,
} from '../../../../protocol/ipvs/fields/defaults.ts';
import {
  type Destination,
  type DestinationDefinition,
  type Family,
  FORWARDING_NAMES,
  type ForwardingMethod,
  formatAddress,
  type Persistence,
  PROTOCOL_NAMES,
  type Protocol,
  parseAddress,
  type ReadPersistence,
  SCHEDULER_FLAG_BITS,
  type Service,
  type ServiceDefinition,
  type ServiceKey,
  type ServiceSettings,
  schedulerFlags,
  TUNNEL_CHECKSUM_NAMES,
  TUNNEL_TYPE_NAMES,
  type Tunnel,
  type WantedDestination,
} from '../../../../protocol/ipvs/index.ts';

/** What becomes of optional fields that a wanted state leaves out. */
export type Absent = 'leave' | 'default';

type Given<Settings> = { readonly [Name in keyof Settings]-?: NonNullable<Settings[Name]> };

/** Every setting of a service, spelled as the kernel keeps it. */
export type NormalService = ServiceKey &
  Given<Pick<ServiceSettings, 'scheduler' | 'onePacket' | 'schedulerFlags' | 'otherFlags'>> &
  Pick<ServiceSettings, 'unknown'> & {
    readonly family: Family;
    readonly persistence: ReadPersistence | undefined;
    readonly persistenceEngine: string | undefined;
  };

/** Every setting of a destination, spelled as the kernel keeps it. */
export type NormalDestination = Given<Omit<DestinationDefinition, 'tunnel' | 'unknown'>> &
  Pick<DestinationDefinition, 'unknown'> & { readonly tunnel: Tunnel | undefined };

/** The key of a service with its canonical address, and names for the numbers that have one. */
export function normalServiceKey(key: ServiceKey): ServiceKey & { readonly family: Family } {
  if (key.mark !== undefined) return { mark: key.mark, family: key.family ?? 'ipv4' };
  const { address, family } = normalAddress(key.address);
  return { protocol: protocolName(key.protocol), address, port: key.port, family };
}

/**
 * A wanted service with every setting filled in: from `current` where `absent` is `leave` and the
 * service is there, else with the defaults. Flags and attributes without a name here are kept
 * unless they are given: they may be the kernel's own.
 */
export function normalService(
  wanted: ServiceDefinition,
  current: Service | undefined,
  absent: Absent,
): NormalService {
  const key = normalServiceKey(wanted);
  const kept = absent === 'leave' ? current : undefined;
  let bits = 0;
  for (const flag of wanted.schedulerFlags ?? kept?.schedulerFlags ?? []) bits |= SCHEDULER_FLAG_BITS[flag];
  const persistence = wantedOr(wanted.persistence, kept?.persistence);
  // One shape for every service: thousands of them are made at a time.
  return {
    protocol: key.protocol,
    address: key.address,
    port: key.port,
    mark: key.mark,
    family: key.family,
    scheduler: wanted.scheduler,
    persistence:
      persistence === undefined ? undefined : normalPersistence(persistence, kept?.persistence, key.family),
    onePacket: wanted.onePacket ?? kept?.onePacket ?? false,
    schedulerFlags: schedulerFlags(wanted.scheduler, bits),
    persistenceEngine: wantedOr(wanted.persistenceEngine, kept?.persistenceEngine),
    otherFlags: wanted.otherFlags ?? current?.otherFlags ?? 0,
    unknown: wanted.unknown ?? current?.unknown,
  } as NormalService;
}

/** What is wanted, null being nothing; where that is left out, what is to be kept. */
function wantedOr<Value>(wanted: Value | null | undefined, kept: Value | undefined): Value | undefined {
  return wanted === undefined ? kept : (wanted ?? undefined);
}

function normalPersistence(
  wanted: Persistence,
  kept: ReadPersistence | undefined,
  family: Family,
): ReadPersistence {
  const { timeout } = wanted;
  if (family === 'ipv6') {
    return { timeout, prefixLength: wanted.prefixLength ?? kept?.prefixLength ?? WHOLE_PREFIX };
  }
  const netmask = wanted.netmask ?? kept?.netmask ?? WHOLE_NETMASK;
  return { timeout, netmask: normalAddress(netmask).address };
}

/** A destination's canonical address and its family. */
export function normalDestinationKey(key: { readonly address: string; readonly port: number }): {
  readonly address: string;
  readonly port: number;
  readonly family: Family;
} {
  const { address, family } = normalAddress(key.address);
  return { address, port: key.port, family };
}

/**
 * A wanted destination with every setting filled in, on the terms of {@link normalService}; but a forwarding method
 * that is left out is always that of `current`. Undefined where there is none.
 */
export function normalDestination(
  wanted: WantedDestination,
  current: Destination | undefined,
  absent: Absent,
): NormalDestination | undefined {
  const kept = absent === 'leave' ? current : undefined;
  const method = wanted.forwarding ?? current?.forwarding;
  if (method === undefined) return undefined;
  const forwarding = forwardingName(method);
  const { address, family } = normalAddress(wanted.address);
  return {
    address,
    port: wanted.port,
    family,
    forwarding,
    weight: wanted.weight ?? kept?.weight ?? DESTINATION_DEFAULTS.weight,
    upperThreshold: wanted.upperThreshold ?? kept?.upperThreshold ?? DESTINATION_DEFAULTS.upperThreshold,
    lowerThreshold: wanted.lowerThreshold ?? kept?.lowerThreshold ?? DESTINATION_DEFAULTS.lowerThreshold,
    tunnel: normalTunnel(
      wanted.tunnel ?? undefined,
      wanted.tunnel === null ? undefined : kept?.tunnel,
      forwarding,
    ),
    unknown: wanted.unknown ?? current?.unknown,
  };
}

/** How a destination that was read would be written. */
export function destinationAsRead(current: DestinationDefinition): NormalDestination {
  return normalDestination(current, undefined, 'default')!;
}

/** How a destination that was read would be written so that it gets no new connections. */
export function withWeightZero(current: Destination): NormalDestination {
  return { ...destinationAsRead(current), weight: 0 };
}

/** How a service that was read would be written. */
export function serviceAsRead(current: Service): NormalService {
  return normalService(current, undefined, 'default');
}

function normalTunnel(
  wanted: Partial<Tunnel> | undefined,
  kept: Tunnel | undefined,
  forwarding: ForwardingMethod,
): Tunnel | undefined {
  if (wanted === undefined && kept === undefined && forwarding !== 'tunnel') return undefined;
  const type = wanted?.type ?? kept?.type ?? 'ipip';
  const checksum = wanted?.checksum ?? kept?.checksum ?? 'nocsum';
  const tunnel: Tunnel = {
    type: typeof type === 'number' ? (TUNNEL_TYPE_NAMES[type] ?? type) : type,
    port: wanted?.port ?? kept?.port ?? 0,
    checksum: typeof checksum === 'number' ? (TUNNEL_CHECKSUM_NAMES[checksum] ?? checksum) : checksum,
  };
  const zeros = tunnel.type === 'ipip' && tunnel.port === 0 && tunnel.checksum === 'nocsum';
  return zeros && forwarding !== 'tunnel' ? undefined : tunnel;
}

function protocolName(protocol: Protocol): Protocol {
  return typeof protocol === 'number' ? (PROTOCOL_NAMES[protocol] ?? protocol) : protocol;
}

function forwardingName(method: ForwardingMethod): ForwardingMethod {
  return typeof method === 'number' ? (FORWARDING_NAMES[method] ?? method) : method;
}

interface NormalAddress {
  readonly address: string;
  readonly family: Family;
}

/** The same addresses come again and again: with each plan, and in the key of each destination. */
const addresses = new Map<string, NormalAddress>();
const MOST_ADDRESSES = 65536;

function normalAddress(text: string): NormalAddress {
  let normal = addresses.get(text);
  if (normal === undefined) {
    const { family, bytes } = parseAddress('address', text);
    normal = { address: formatAddress(family, bytes), family };
    if (addresses.size >= MOST_ADDRESSES) addresses.clear();
    addresses.set(text, normal);
  }
  return normal;
}
