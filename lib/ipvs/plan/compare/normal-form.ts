import { FULL_NETMASK, FULL_PREFIX } from '../../../../protocol/ipvs/fields/persistence.ts';
import {
  type DesiredDestination,
  type Destination,
  type DestinationDefinition,
  destinationFields,
  type Family,
  type Field,
  type Fields,
  type ForwardingMethod,
  fieldsOf,
  formatAddress,
  namesByNumber,
  type Persistence,
  PROTOCOL_NAMES,
  type Protocol,
  parseAddress,
  type ReportedPersistence,
  SCHEDULER_FLAG_BITS,
  type SchedulerFlag,
  type Service,
  type ServiceDefinition,
  type ServiceKey,
  type ServiceSettings,
  schedulerFlags,
  serviceFields,
  type Tunnel,
  tunnelFields,
} from '../../../../protocol/ipvs/index.ts';

/**
 * Whether settings that a desired state leaves out keep their current value (`leave`) or get the default (`default`).
 */
export type AbsentFields = 'leave' | 'default';

/** The same fields, all of them required. */
type AllRequired<Settings> = { readonly [Name in keyof Settings]-?: NonNullable<Settings[Name]> };

/** Every setting of a service in normal form, as the kernel stores it. */
export type NormalService = ServiceKey &
  AllRequired<Pick<ServiceSettings, 'scheduler' | 'onePacket' | 'schedulerFlags' | 'otherFlags'>> &
  Pick<ServiceSettings, 'unknown'> & {
    readonly family: Family;
    readonly persistence: ReportedPersistence | undefined;
    readonly persistenceEngine: string | undefined;
  };

/** Every setting of a destination in normal form, as the kernel stores it. */
export type NormalDestination = AllRequired<Omit<DestinationDefinition, 'tunnel' | 'unknown'>> &
  Pick<DestinationDefinition, 'unknown'> & { readonly tunnel: Tunnel | undefined };

/** Returns the key of a service with its canonical address, and the protocol's name if it has one. */
export function normalServiceKey(key: ServiceKey): ServiceKey & { readonly family: Family } {
  if (key.mark !== undefined) return { mark: key.mark, family: key.family ?? 'ipv4' };
  const { address, family } = normalAddress(key.address);
  return { protocol: protocolName(key.protocol), address, port: key.port, family };
}

/**
 * Returns a desired service with a value for every setting. Absent ones have the values of `current` if `absent` is
 * `leave` and the service exists, otherwise the defaults. Absent unknown flags and attributes are always
 * the values of `current`, as they may be internal to the kernel.
 */
export function normalService(
  desired: ServiceDefinition,
  current: Service | undefined,
  absent: AbsentFields,
): NormalService {
  const key = normalServiceKey(desired);
  // Copies of one object share a hidden class in V8.
  const normal = { ...EMPTY_SERVICE };
  normal.protocol = key.protocol;
  normal.address = key.address;
  normal.port = key.port;
  normal.mark = key.mark;
  normal.family = key.family;
  fill(SERVICE_SETTINGS, desired, current, absent, normal);
  return normal as NormalService;
}

type Mutable<Values> = { -readonly [Name in keyof Values]?: Values[Name] | undefined };

/** Returns an object with a property, undefined, for every field of the key and every setting. */
function emptyObject(fields: Fields): object {
  return Object.fromEntries(
    fieldsOf(fields, 'key', 'setting', 'passthrough').map(({ name }) => [name, undefined]),
  );
}

const EMPTY_SERVICE: Mutable<NormalService> = emptyObject(serviceFields);
const EMPTY_DESTINATION: Mutable<NormalDestination> = emptyObject(destinationFields);

/** A setting and its normal form. */
interface Setting {
  readonly name: string;
  readonly isPassthrough: boolean;
  readonly default: unknown;
  /**
   * Returns the normal form. If `desired` is undefined, `current` takes its place; `normal` holds the settings
   * that come before this one, in normal form.
   */
  readonly normalise: (
    desired: unknown,
    current: unknown,
    normal: NormalService & NormalDestination,
  ) => unknown;
}

/** The `normalise` of each setting whose normal form depends on others. */
type Normalisers = Readonly<Record<string, Setting['normalise']>>;

function settingsOf(fields: Fields, normalisers: Normalisers): readonly Setting[] {
  return fieldsOf(fields, 'setting', 'passthrough').map((field) => {
    const { name, role } = field;
    const normalise = normalisers[name] ?? normaliserOf(field);
    return { name, isPassthrough: role === 'passthrough', default: field.default, normalise };
  });
}

/** Returns the `normalise` of a setting whose normal form does not depend on others. */
function normaliserOf(field: Field): Setting['normalise'] {
  const { accepts, default: defaultValue } = field;
  const names = accepts.kind === 'enum-or-number' ? namesByNumber(accepts.values) : undefined;
  const isAddress = accepts.kind === 'address';
  return (desired, current) => {
    // Null means that the setting has no value, whatever the current one; it is valid only where there is no default.
    const chosen = desired === undefined ? (current ?? defaultValue) : desired;
    if (chosen === null) return undefined;
    if (names !== undefined && typeof chosen === 'number') return names[chosen] ?? chosen;
    return isAddress && chosen !== undefined ? normalAddress(chosen as string).address : chosen;
  };
}

/** Sets the normal form of each setting in `normal`. */
function fill(
  settings: readonly Setting[],
  desired: object,
  current: object | undefined,
  absent: AbsentFields,
  normal: object,
): void {
  const desiredValues = desired as Readonly<Record<string, unknown>>;
  const currentValues = current as Readonly<Record<string, unknown>> | undefined;
  const normalValues = normal as Record<string, unknown>;
  for (const { name, isPassthrough, normalise } of settings) {
    const current = isPassthrough || absent === 'leave' ? currentValues?.[name] : undefined;
    normalValues[name] = normalise(desiredValues[name], current, normal as NormalService & NormalDestination);
  }
}

const SERVICE_SETTINGS = settingsOf(serviceFields, {
  persistence: (desired, current, { family }) =>
    normalPersistence(
      desired as Persistence | null | undefined,
      current as ReportedPersistence | undefined,
      family,
    ),
  schedulerFlags: (desired, current, { scheduler }) => {
    let bits = 0;
    for (const flag of (desired ?? current ?? []) as readonly SchedulerFlag[])
      bits |= SCHEDULER_FLAG_BITS[flag];
    return schedulerFlags(scheduler, bits);
  },
});

const TUNNEL = settingsOf(tunnelFields, {});

const DESTINATION_SETTINGS = settingsOf(destinationFields, {
  tunnel: (desired, current, { forwarding }) =>
    normalTunnel(desired as Partial<Tunnel> | null | undefined, current as Tunnel | undefined, forwarding),
});

function normalPersistence(
  desired: Persistence | null | undefined,
  current: ReportedPersistence | undefined,
  family: Family,
): ReportedPersistence | undefined {
  const chosen = desired === undefined ? current : desired;
  if (chosen === undefined || chosen === null) return undefined;
  const { timeout } = chosen;
  if (family === 'ipv6')
    return { timeout, prefixLength: chosen.prefixLength ?? current?.prefixLength ?? FULL_PREFIX };
  const netmask = chosen.netmask ?? current?.netmask ?? FULL_NETMASK;
  return { timeout, netmask: normalAddress(netmask).address };
}

/** Returns the key of a destination with its canonical address and its family. */
export function normalDestinationKey(key: { readonly address: string; readonly port: number }): {
  readonly address: string;
  readonly port: number;
  readonly family: Family;
} {
  const { address, family } = normalAddress(key.address);
  return { address, port: key.port, family };
}

/**
 * Returns a desired destination with a value for every setting, as {@link normalService} does; but an absent
 * forwarding method is always the one of `current`. Returns undefined if there is none.
 */
export function normalDestination(
  desired: DesiredDestination,
  current: Destination | undefined,
  absent: AbsentFields,
): NormalDestination | undefined {
  const forwarding = desired.forwarding ?? current?.forwarding;
  if (forwarding === undefined) return undefined;
  const { address, family } = normalAddress(desired.address);
  const normal = { ...EMPTY_DESTINATION };
  normal.address = address;
  normal.port = desired.port;
  normal.family = family;
  fill(
    DESTINATION_SETTINGS,
    desired.forwarding === undefined ? { ...desired, forwarding } : desired,
    current,
    absent,
    normal,
  );
  return normal as NormalDestination;
}

/** Returns the normal form of a destination in which absent settings have their defaults. */
export function destinationWithDefaults(destination: DestinationDefinition): NormalDestination {
  return normalDestination(destination, undefined, 'default')!;
}

/** Returns the normal form of a destination with the weight 0. */
export function withWeightZero(destination: Destination): NormalDestination {
  return { ...destinationWithDefaults(destination), weight: 0 };
}

/** Returns the normal form of a service in which absent settings have their defaults. */
export function serviceWithDefaults(service: Service): NormalService {
  return normalService(service, undefined, 'default');
}

function normalTunnel(
  desired: Partial<Tunnel> | null | undefined,
  current: Tunnel | undefined,
  forwarding: ForwardingMethod,
): Tunnel | undefined {
  const existing = desired === null ? undefined : current;
  if ((desired ?? undefined) === undefined && existing === undefined && forwarding !== 'tunnel')
    return undefined;
  const tunnel: Record<string, unknown> = {};
  fill(TUNNEL, desired ?? {}, existing, 'leave', tunnel);
  const isUnused = forwarding !== 'tunnel' && TUNNEL.every((field) => tunnel[field.name] === field.default);
  return isUnused ? undefined : (tunnel as unknown as Tunnel);
}

function protocolName(protocol: Protocol): Protocol {
  return typeof protocol === 'number' ? (PROTOCOL_NAMES[protocol] ?? protocol) : protocol;
}

interface NormalAddress {
  readonly address: string;
  readonly family: Family;
}

/** A cache of canonical addresses, as a plan needs the same ones many times. */
const addresses = new Map<string, NormalAddress>();
const MAXIMUM_ADDRESSES = 65536;

export function normalAddress(text: string): NormalAddress {
  let normal = addresses.get(text);
  if (normal === undefined) {
    const { family, bytes } = parseAddress('address', text);
    normal = { address: formatAddress(family, bytes), family };
    if (addresses.size >= MAXIMUM_ADDRESSES) addresses.clear();
    addresses.set(text, normal);
  }
  return normal;
}
