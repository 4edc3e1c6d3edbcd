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
import type { Vocabulary } from './table-encoding.ts';
import type {
  RawDestinationKey,
  RawDestinationSettings,
  RawServiceKey,
  RawServiceSettings,
  ServiceEntry,
} from './table-entries.ts';
import { ownAddress } from './table-entries.ts';

const TCP = 6;
/** What kernels before 5.3 do not know. */
const TUNNELS: ReadonlySet<string> = new Set(['tunnelType', 'tunnelPort', 'tunnelFlags']);

const commandPolicy = new AttributePolicy(ipvsAttributes.command, {});
const servicePolicy = new AttributePolicy(ipvsAttributes.service, { scheduler: 15, persistenceEngine: 16 }, [
  'stats64',
]);
const destinationPolicy = new AttributePolicy(ipvsAttributes.destination, {}, ['stats64', 'destinations']);
const daemonPolicy = new AttributePolicy(ipvsAttributes.daemon, { interface: 15, multicastGroup6: 16 });

type CommandAttributes = RequestAttributes<keyof typeof ipvsAttributes.command>;

/** Reads what requests carry, with the checks and errnos of `ip_vs_ctl.c` in their order. */
export class IpvsRequests {
  readonly #table: () => IpvsTable;
  readonly #vocabulary: Vocabulary;
  readonly #strictFrom: number;

  /** The attributes of commands from `strictFrom` on are validated strictly. */
  constructor(table: () => IpvsTable, vocabulary: Vocabulary, strictFrom: number) {
    this.#table = table;
    this.#vocabulary = vocabulary;
    this.#strictFrom = strictFrom;
  }

  /** The top level; what is wrong there is told in the ack's extended attributes. */
  attributes(request: OperationRequest): CommandAttributes {
    const { view, attributes: start, end, offset, command } = request;
    const attributes = commandPolicy.parse(view, start, end, offset, command >= this.#strictFrom);
    if (attributes.note !== undefined) request.note(attributes.note);
    return attributes;
  }

  /** The service that a request is about, or `undefined` when there is none with its key. */
  service(request: OperationRequest, attributes: CommandAttributes): ServiceEntry | undefined {
    return this.#table().find(this.#parseService(request, attributes)[0]);
  }

  /** As {@link service}, refusing with ESRCH. */
  existingService(request: OperationRequest, attributes: CommandAttributes): ServiceEntry {
    return this.#table().get(this.#parseService(request, attributes)[0]);
  }

  /** Key, settings and the service that has the key. */
  wholeService(
    request: OperationRequest,
    attributes: CommandAttributes,
  ): { key: RawServiceKey; settings: RawServiceSettings; existing: ServiceEntry | undefined } {
    const [key, nest] = this.#parseService(request, attributes);
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
    return { key, settings, existing };
  }

  /** The destination that a request is about; its settings where the command sets any. */
  destination(
    request: OperationRequest,
    attributes: CommandAttributes,
    ofService: ServiceEntry,
  ): { key: RawDestinationKey; settings: RawDestinationSettings } {
    const nest = parseNest(request, attributes, 'destination', destinationPolicy);
    if (!nest.has('address', 'port')) {
      throw new RequestRefused(Errno.EINVAL, 'the destination lacks address or port');
    }
    const whole = request.command !== Command.DEL_DEST;
    if (whole && !nest.has('forwarding', 'weight', 'upperThreshold', 'lowerThreshold')) {
      throw new RequestRefused(Errno.EINVAL, 'the destination lacks forwarding, weight or thresholds');
    }
    const { tunnels, addressFamily } = this.#vocabulary;
    const requested = requestedDestinationSettings(nest, (name) => whole && (tunnels || !TUNNELS.has(name)));
    const settings = { ...requested, forwarding: storedForwarding(requested.forwarding) };
    const named = addressFamily && nest.has('family') ? nest.u16('family') : 0;
    const family = named === 0 ? ofService.family : named;
    this.#table().checkFamily(family);
    if (whole) this.#table().checkMixedFamilies(ofService, family, settings.forwarding);
    const key = { family, address: ownAddress(family, nest.bytes('address', 16)), port: nest.u16be('port') };
    return { key, settings };
  }

  /** The sync daemon to start. */
  daemon(request: OperationRequest, attributes: CommandAttributes): DaemonSettings {
    const nest = parseNest(request, attributes, 'daemon', daemonPolicy, true);
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

  /** The state of the sync daemon to stop. */
  daemonState(request: OperationRequest, attributes: CommandAttributes): number {
    const nest = parseNest(request, attributes, 'daemon', daemonPolicy, true);
    if (!nest.has('state')) throw new RequestRefused(Errno.EINVAL, 'the daemon lacks its state');
    return nest.u32('state');
  }

  #parseService(
    request: OperationRequest,
    attributes: CommandAttributes,
  ): [key: RawServiceKey, nest: RequestAttributes<keyof typeof ipvsAttributes.service>] {
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
      address: ownAddress(family, nest.bytes('address', 16)),
      port: nest.u16be('port'),
      mark: 0,
    };
    return [key, nest];
  }
}

/**
 * Parses a nest of the top level. Everything that is wrong with one is EINVAL; only daemons' say
 * more in the ack (`nla_parse_nested_deprecated` with and without `extack`).
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
    if (explains && nest.note !== undefined) request.note(nest.note);
    return nest;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    throw new RequestRefused(Errno.EINVAL, error.message, explains ? error.note : {});
  }
}
