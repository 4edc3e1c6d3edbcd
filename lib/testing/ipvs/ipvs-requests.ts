import { ipvsAttributes } from '../../../protocol/ipvs/fields/attributes.ts';
import { Command } from '../../../protocol/ipvs/fields/constants.ts';
import type { RequestAttributes } from '../attribute-policy.ts';
import { AttributePolicy } from '../attribute-policy.ts';
import type { OperationRequest } from '../family.ts';
import { Errno, RequestRefused } from '../request-refused.ts';
import { isMulticast4, isMulticast6 } from './address-kinds.ts';
import type { DaemonSettings } from './daemons.ts';
import type { IpvsTable } from './ipvs-table.ts';
import { requestedDestinationSettings, requestedServiceSettings } from './settings.ts';
import { storedForwarding } from './table-checks.ts';
import type { Features } from './table-encoding.ts';
import type {
  DestinationKeyValues,
  DestinationSettingValues,
  ServiceEntry,
  ServiceKeyValues,
  ServiceSettingValues,
} from './table-entries.ts';
import { addressField } from './table-entries.ts';

const TCP = 6;
/** The attributes that kernels before 5.3 do not have. */
const TUNNELS: ReadonlySet<string> = new Set(['tunnelType', 'tunnelPort', 'tunnelFlags']);

const commandPolicy = new AttributePolicy(ipvsAttributes.command, {});
const servicePolicy = new AttributePolicy(ipvsAttributes.service, { scheduler: 15, persistenceEngine: 16 }, [
  'stats64',
]);
const destinationPolicy = new AttributePolicy(ipvsAttributes.destination, {}, ['stats64', 'destinations']);
const daemonPolicy = new AttributePolicy(ipvsAttributes.daemon, { interface: 15, multicastGroup6: 16 });

type CommandAttributes = RequestAttributes<keyof typeof ipvsAttributes.command>;

/** Parses requests, with the checks and errnos of `ip_vs_ctl.c` in the same order. */
export class IpvsRequests {
  readonly #table: () => IpvsTable;
  readonly #features: Features;
  readonly #resvStartOp: number;

  /** The attributes of commands from `resvStartOp` on are validated strictly. */
  constructor(table: () => IpvsTable, features: Features, resvStartOp: number) {
    this.#table = table;
    this.#features = features;
    this.#resvStartOp = resvStartOp;
  }

  /** Parses the top-level attributes; errors there are described in the extended ack. */
  attributes(request: OperationRequest): CommandAttributes {
    const { view, attributesOffset: start, end, offset, command } = request;
    const attributes = commandPolicy.parse(view, start, end, offset, command >= this.#resvStartOp);
    if (attributes.warning !== undefined) request.warn(attributes.warning);
    return attributes;
  }

  /** Returns the service of a request; `undefined` if there is none with this key. */
  service(request: OperationRequest): ServiceEntry | undefined {
    return this.#table().find(this.#parseService(request)[0]);
  }

  /** As {@link service}, but throws ESRCH if there is none. */
  existingService(request: OperationRequest, attributes?: CommandAttributes): ServiceEntry {
    return this.#table().get(this.#parseService(request, attributes)[0]);
  }

  /** Parses a service's key and settings. */
  serviceWithSettings(request: OperationRequest): { key: ServiceKeyValues; settings: ServiceSettingValues } {
    const [key, nest] = this.#parseService(request);
    const existing = this.#table().find(key);
    if (!nest.has('scheduler', 'flags', 'timeout', 'netmask')) {
      throw new RequestRefused(Errno.EINVAL, 'the service lacks scheduler, flags, timeout or netmask');
    }
    const [flags, mask] = new Uint32Array(nest.bytes('flags', 8).buffer) as unknown as [number, number];
    const settings = {
      ...requestedServiceSettings(nest),
      flags: (((existing?.settings.flags ?? 0) & ~mask) | (flags & mask)) >>> 0,
      netmask: nest.bytes('netmask', 4),
    };
    return { key, settings };
  }

  /** Finds the service of a request, and parses the destination, with settings if the command sets them. */
  destination(request: OperationRequest): {
    service: ServiceEntry;
    key: DestinationKeyValues;
    settings: DestinationSettingValues;
  } {
    const attributes = this.attributes(request);
    const service = this.existingService(request, attributes);
    const nest = parseNest(request, attributes, 'destination', destinationPolicy);
    if (!nest.has('address', 'port')) {
      throw new RequestRefused(Errno.EINVAL, 'the destination lacks address or port');
    }
    const hasSettings = request.command !== Command.DEL_DEST;
    if (hasSettings && !nest.has('forwarding', 'weight', 'upperThreshold', 'lowerThreshold')) {
      throw new RequestRefused(Errno.EINVAL, 'the destination lacks forwarding, weight or thresholds');
    }
    const { tunnels, addressFamily } = this.#features;
    const isKnown = (name: string): boolean => hasSettings && (tunnels || !TUNNELS.has(name));
    const requested = requestedDestinationSettings(nest, isKnown);
    const settings = { ...requested, forwarding: storedForwarding(requested.forwarding) };
    const givenFamily = addressFamily && nest.has('family') ? nest.u16('family') : 0;
    const family = givenFamily === 0 ? service.family : givenFamily;
    this.#table().checkFamily(family);
    if (hasSettings) this.#table().checkMixedFamilies(service, family, settings.forwarding);
    const key = {
      family,
      address: addressField(family, nest.bytes('address', 16)),
      port: nest.u16be('port'),
    };
    return { service, key, settings };
  }

  /** Parses the sync daemon to start. */
  daemon(request: OperationRequest): DaemonSettings {
    const nest = parseNest(request, this.attributes(request), 'daemon', daemonPolicy, true);
    if (!nest.has('state', 'interface', 'syncId')) {
      throw new RequestRefused(Errno.EINVAL, 'the daemon lacks state, interface or sync id');
    }
    let group: Uint8Array | undefined;
    if (nest.has('multicastGroup')) {
      group = nest.bytes('multicastGroup', 4);
      if (!isMulticast4(group)) throw new RequestRefused(Errno.EINVAL, 'the group is not multicast');
    } else if (nest.has('multicastGroup6')) {
      group = nest.bytes('multicastGroup6', 16);
      if (!isMulticast6(group)) throw new RequestRefused(Errno.EINVAL, 'the group is not multicast');
    }
    return {
      state: nest.u32('state'),
      interface: nest.string('interface'),
      syncId: nest.u32('syncId'),
      syncMaxLength: nest.has('syncMaxLength') ? nest.u16('syncMaxLength') : 0,
      group,
      port: nest.has('multicastPort') ? nest.u16('multicastPort') : 0,
      ttl: nest.has('multicastTtl') ? nest.u8('multicastTtl') : 0,
    };
  }

  /** Parses the state (role) of the sync daemon to stop. */
  daemonState(request: OperationRequest): number {
    const nest = parseNest(request, this.attributes(request), 'daemon', daemonPolicy, true);
    if (!nest.has('state')) throw new RequestRefused(Errno.EINVAL, 'the daemon lacks its state');
    return nest.u32('state');
  }

  #parseService(
    request: OperationRequest,
    attributes: CommandAttributes = this.attributes(request),
  ): [key: ServiceKeyValues, nest: RequestAttributes<keyof typeof ipvsAttributes.service>] {
    const nest = parseNest(request, attributes, 'service', servicePolicy);
    if (!nest.has('family') || !(nest.has('mark') || nest.has('port', 'protocol', 'address'))) {
      throw new RequestRefused(Errno.EINVAL, 'the service lacks identifying attributes');
    }
    const family = nest.u16('family');
    this.#table().checkFamily(family);
    if (nest.has('mark')) {
      const mark = nest.u32('mark');
      return [{ family, protocol: TCP, address: new Uint8Array(16), port: 0, mark }, nest];
    }
    const key = {
      family,
      protocol: nest.u16('protocol'),
      address: addressField(family, nest.bytes('address', 16)),
      port: nest.u16be('port'),
      mark: 0,
    };
    return [key, nest];
  }
}

/**
 * Parses a top-level nest. Every error is EINVAL; only for daemons the extended ack describes it
 * (`nla_parse_nested_deprecated` with and without `extack`).
 */
function parseNest<Name extends string>(
  request: OperationRequest,
  attributes: CommandAttributes,
  name: 'service' | 'destination' | 'daemon',
  policy: AttributePolicy<Name>,
  explains = false,
): RequestAttributes<Name> {
  const range = attributes.range(name);
  if (range === undefined) throw new RequestRefused(Errno.EINVAL, `the ${name} is missing`);
  try {
    const nest = policy.parse(request.view, range[0], range[1], request.offset);
    if (explains && nest.warning !== undefined) request.warn(nest.warning);
    return nest;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    throw new RequestRefused(Errno.EINVAL, error.message, explains ? error.extack : {});
  }
}
