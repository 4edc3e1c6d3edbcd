import {
  AddressFamily,
  decodeDestination,
  decodeService,
  formatAddress,
  ipvsAttributes,
  PROTOCOL_NAMES,
  type Service,
} from '../../protocol/ipvs/index.ts';
import { AttributeRun, type ByteView, LITTLE_ENDIAN } from '../../protocol/netlink/index.ts';
import type { RawObject } from './dump-parts.ts';
import { ipv4ServiceSortKey, type Keyed } from './list/order.ts';
import { restoreProblem } from './list/rule-text.ts';
import { destinationSettings, protocolOption, serviceSettings } from './list/saving.ts';

const SERVICE = ipvsAttributes.service;
const DESTINATION = ipvsAttributes.destination;

/** The attributes that `-S` writes, but for those that identify. */
const SERVICE_SETTINGS: ReadonlySet<number> = new Set([
  SERVICE.scheduler[0],
  SERVICE.flags[0],
  SERVICE.timeout[0],
  SERVICE.netmask[0],
  SERVICE.persistenceEngine[0],
]);
const DESTINATION_SETTINGS: ReadonlySet<number> = new Set([
  DESTINATION.forwarding[0],
  DESTINATION.weight[0],
  DESTINATION.tunnelType[0],
  DESTINATION.tunnelPort[0],
  DESTINATION.tunnelFlags[0],
  DESTINATION.upperThreshold[0],
  DESTINATION.lowerThreshold[0],
]);

/** Up to so many destinations are sorted by insertion; for more, decoding costs no more than the rest. */
const FEW = 16;
const KEPT_LAYOUTS = 8;
const UDP = 17;
const ONE_PACKET = ' -o';

/** Empty for settings of which something is to be said, whatever service has them. */
function ordinarySettings(service: Service): string {
  const { persistence } = service;
  const ordinary = restoreProblem({ persistence, port: 1, onePacket: false }) === undefined;
  return ordinary ? serviceSettings(service, false) : '';
}

/** Where a nest has what is needed of it, from its start; 0 where it has not. */
interface Layout {
  readonly run: AttributeRun;
  readonly familyAt: number;
  readonly protocolAt: number;
  readonly addressAt: number;
  readonly portAt: number;
  /** The text of each run of settings that was met, by its bytes. */
  readonly texts: Map<string, string>;
}

/** The services or the destinations that were met: where they have what, and how their settings read. */
class Known {
  readonly #attributes: typeof SERVICE | typeof DESTINATION;
  readonly #settings: ReadonlySet<number>;
  readonly #write: (view: ByteView, start: number, end: number) => string;
  readonly #layouts: Layout[] = [];
  #view: ByteView | undefined = undefined;
  #buffer: Buffer = Buffer.alloc(0);

  /** `settings` are the types of attributes whose text `write` makes. */
  constructor(
    attributes: typeof SERVICE | typeof DESTINATION,
    settings: ReadonlySet<number>,
    write: (view: ByteView, start: number, end: number) => string,
  ) {
    this.#attributes = attributes;
    this.#settings = settings;
    this.#write = write;
  }

  layout(view: ByteView, start: number, end: number): Layout | undefined {
    for (const layout of this.#layouts) if (layout.run.fits(view, start, end)) return layout;
    const run = AttributeRun.learn(view, start, end, this.#settings);
    if (run === undefined) return undefined;
    const attributes = this.#attributes;
    const layout: Layout = {
      run,
      familyAt: run.at.get(attributes.family[0]) ?? 0,
      protocolAt: run.at.get(SERVICE.protocol[0]) ?? 0,
      addressAt: run.at.get(attributes.address[0]) ?? 0,
      portAt: run.at.get(attributes.port[0]) ?? 0,
      texts: new Map(),
    };
    if (this.#layouts.length === KEPT_LAYOUTS) this.#layouts.pop();
    this.#layouts.unshift(layout);
    return layout;
  }

  settingsText({ run, texts }: Layout, view: ByteView, start: number, end: number): string {
    if (view !== this.#view) {
      const { buffer, byteOffset, byteLength } = view.bytes;
      this.#buffer = Buffer.from(buffer, byteOffset, byteLength);
      this.#view = view;
    }
    const bytes = this.#buffer.toString('latin1', start + run.start, start + run.end);
    let text = texts.get(bytes);
    if (text === undefined) {
      text = this.#write(view, start, end);
      texts.set(bytes, text);
    }
    return text;
  }
}

/**
 * Writes rules from the bytes of IPv4 services with few IPv4 destinations. Thousands differ in addresses
 * and ports alone: the text of all else is made once for equal bytes, by what makes it for every rule.
 */
export class RawRules {
  readonly #services = new Known(SERVICE, SERVICE_SETTINGS, (view, start, end) =>
    ordinarySettings(decodeService(view, start, end)),
  );
  readonly #destinations = new Known(DESTINATION, DESTINATION_SETTINGS, (view, start, end) =>
    destinationSettings(decodeDestination(view, start, end, 'ipv4'), false),
  );

  /** The rules of a service with its destinations, or `undefined` where they are not of that kind. */
  rules({ view, start, end }: RawObject, destinations: readonly RawObject[]): Keyed<string> | undefined {
    const layout = this.#services.layout(view, start, end);
    if (layout === undefined || destinations.length > FEW) return undefined;
    const { familyAt, protocolAt, addressAt, portAt } = layout;
    if (familyAt === 0 || protocolAt === 0 || addressAt === 0 || portAt === 0) return undefined;
    const { data, bytes } = view;
    if (data.getUint16(start + familyAt, LITTLE_ENDIAN) !== AddressFamily.INET) return undefined;
    const lines = this.#destinationLines(destinations);
    const settings = this.#services.settingsText(layout, view, start, end);
    if (lines === undefined || settings === '') return undefined;

    const protocol = data.getUint16(start + protocolAt, LITTLE_ENDIAN);
    const port = data.getUint16(start + portAt);
    const address = formatAddress('ipv4', bytes, start + addressAt);
    const label = `${protocolOption(PROTOCOL_NAMES[protocol] ?? protocol)} ${address}:${port}`;
    const special = port === 0 || (protocol !== UDP && settings.includes(ONE_PACKET));
    if (special) return undefined;
    let item = `-A ${label}${settings}`;
    for (const line of lines) item += `-a ${label} -r ${line}`;
    return { item, key: ipv4ServiceSortKey(protocol, data.getUint32(start + addressAt), port) };
  }

  /** What is written of each destination, by address and port; `undefined` where one is not IPv4. */
  #destinationLines(destinations: readonly RawObject[]): string[] | undefined {
    const lines: string[] = [];
    const keys: number[] = [];
    for (const { view, start, end } of destinations) {
      const layout = this.#destinations.layout(view, start, end);
      if (layout === undefined) return undefined;
      const { familyAt, addressAt, portAt } = layout;
      if (familyAt === 0 || addressAt === 0 || portAt === 0) return undefined;
      const { data, bytes } = view;
      if (data.getUint16(start + familyAt, LITTLE_ENDIAN) !== AddressFamily.INET) return undefined;
      const port = data.getUint16(start + portAt);
      const key = data.getUint32(start + addressAt) * 65536 + port;
      let at = lines.length;
      for (; at > 0 && keys[at - 1]! > key; at--) {
        lines[at] = lines[at - 1]!;
        keys[at] = keys[at - 1]!;
      }
      const settings = this.#destinations.settingsText(layout, view, start, end);
      lines[at] = `${formatAddress('ipv4', bytes, start + addressAt)}:${port}${settings}`;
      keys[at] = key;
    }
    return lines;
  }
}
