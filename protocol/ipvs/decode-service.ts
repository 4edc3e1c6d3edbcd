import {
  ATTRIBUTE_HEADER_LENGTH,
  type AttributeLayout,
  align,
  type ByteView,
  DecodeError,
  LITTLE_ENDIAN,
  readString,
  type UnknownAttribute,
} from '../netlink/index.ts';
import { formatAddress } from './address.ts';
import { NAMED_SERVICE_FLAGS, ServiceFlag } from './constants.ts';
import { Counters } from './counters.ts';
import {
  decodeDestination,
  keepDestination,
  keptDestination,
  keptDestinations,
} from './decode-destination.ts';
import { inspectAs } from './inspect.ts';
import { KeptServices } from './kept-service.ts';
import {
  COUNTER_WORDS,
  giveBack,
  type KeptLayout,
  KeptLayouts,
  keep,
  keepMore,
  keptValues,
} from './kept-values.ts';
import { type Family, PROTOCOL_NAMES, type Protocol, type SchedulerFlag, schedulerFlags } from './names.ts';
import { copyCounters, familyAt, required, unknownAttributes, word } from './nest-values.ts';
import {
  countEntries,
  entryLength,
  listIn,
  SERVICE,
  SERVICE_COUNTERS,
  serviceIndex,
} from './service-nest.ts';
import type { Destination, Persistence, Service } from './types.ts';

const FAMILY = SERVICE.family[0];
const PROTOCOL = SERVICE.protocol[0];
const ADDRESS = SERVICE.address[0];
const PORT = SERVICE.port[0];
const MARK = SERVICE.mark[0];
const SCHEDULER = SERVICE.scheduler[0];
const FLAGS = SERVICE.flags[0];
const ENGINE = SERVICE.persistenceEngine[0];
const COUNTERS = SERVICE_COUNTERS;
const HEADER = ATTRIBUTE_HEADER_LENGTH;

/** How many destinations are kept, and how. */
interface KeptDestinations {
  readonly count: number;
  readonly destinations: KeptLayout | undefined;
}

const NONE: KeptDestinations = { count: 0, destinations: undefined };

/** A service that may still get more destinations. */
export type WholeService = Service & { destinations: Destination[] };

const keptLayouts = new KeptLayouts(serviceIndex, { counters: COUNTERS, required: [], values: false });
const keptServices = new KeptServices();

/**
 * Decodes the SERVICE nest whose attributes lie at `start` to `end`; destinations inside it are
 * left to {@link decodeServiceDestinations}.
 *
 * Nothing refers to the bytes afterwards. Throws a {@link DecodeError} with offset and path.
 */
export function decodeService(view: ByteView, start: number, end: number): Service {
  const layout = serviceIndex.find(view, start, end);
  const to = keep(COUNTER_WORDS);
  const into = keptValues();
  const wide = copyCounters(view, start, layout, COUNTERS, into, to);
  return new DecodedService(view, start, end, layout, into, to, wide) as Reading as Service;
}

/**
 * Decodes the SERVICE nest whose attributes lie at `start` to `end` with the destinations that it
 * holds (single dump): they are verified and copied now, and become objects when they are asked for.
 * The same terms as for {@link decodeService} hold.
 */
export function decodeServiceWithDestinations(view: ByteView, start: number, end: number): WholeService {
  const likely = keptServices.likely(start, end);
  if (likely === undefined) return decodeByEntries(view, start, end);
  const to = keep(likely.words);
  const into = keptValues();
  if (likely.keep(view, start, into, to))
    return new DecodedServiceWithDestinations(
      view,
      start,
      end,
      likely.layout,
      into,
      to,
      true,
      likely,
    ) as Reading as WholeService;
  giveBack(to);
  return decodeByEntries(view, start, end);
}

/** The same without a nest of its length to go by: each destination is looked at by itself. */
function decodeByEntries(view: ByteView, start: number, end: number): WholeService {
  const likely = keptLayouts.likely(view, start, end);
  const layout = likely?.layout ?? serviceIndex.find(view, start, end);
  const to = keep(COUNTER_WORDS);
  const into = keptValues();
  if (likely?.keep(view, start, into, to) === false) {
    keptLayouts.missed();
    return decodeByEntries(view, start, end);
  }
  const wide = likely !== undefined || copyCounters(view, start, layout, COUNTERS, into, to);
  const list = listIn(start, layout);
  const count = list === 0 ? 0 : countEntries(view.data, list);
  const destinations =
    count === 0
      ? undefined
      : keptDestinations.likely(view, list + HEADER, list + entryLength(view.data, list));
  const at = keepMore(to, COUNTER_WORDS, destinations === undefined ? 0 : count * destinations.length);
  const kept =
    destinations !== undefined && keepList(view, list, count, destinations, keptValues(), at + COUNTER_WORDS);
  if (kept && likely !== undefined)
    keptServices.missed(view, start, end, { service: likely, list, count, destinations });
  const service = new DecodedServiceWithDestinations(
    view,
    start,
    end,
    layout,
    keptValues(),
    at,
    wide,
    kept ? { count, destinations } : undefined,
  );
  if (!kept && count > 0) service.destinations = decodeList(view, list, count, service.family);
  return service as Reading as WholeService;
}

/**
 * Decodes the destinations inside a SERVICE nest (single dump) and appends them to `into`.
 *
 * Returns false when the nest has no list of destinations. The same terms as
 * {@link decodeService} hold.
 */
export function decodeServiceDestinations(
  view: ByteView,
  start: number,
  end: number,
  family: Family,
  into: Destination[],
): boolean {
  const list = listIn(start, serviceIndex.find(view, start, end));
  if (list === 0) return false;
  into.push(...decodeList(view, list, countEntries(view.data, list), family));
  return true;
}

/** What a service was decoded to, whichever kind it is of. */
type Reading = unknown;

/** Adds the destinations of a further part of the same service to it; the part is of no use afterwards. */
export function joinServices(service: WholeService, part: WholeService): void {
  DecodedService.join(service as Reading as DecodedService, part as Reading as DecodedService);
}

/**
 * A service that was decoded: key and settings are its own properties, counters are read from the copy of
 * its values.
 *
 * Destinations are kept as copied values, too, and become objects when they are first asked for: a table
 * of thousands that live on costs the collector more than all of the decoding.
 */
class DecodedService {
  readonly family: Family;
  readonly protocol: Protocol | undefined;
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly mark: number | undefined;
  readonly scheduler: string;
  readonly persistence: Persistence | undefined;
  readonly onePacket: boolean;
  readonly schedulerFlags: readonly SchedulerFlag[];
  readonly persistenceEngine: string | undefined;
  readonly otherFlags: number;
  readonly unknown: readonly UnknownAttribute[] | undefined;
  /** Where the counters are kept, and the destinations behind them. */
  readonly #view: ByteView;
  readonly #at: number;
  readonly #wide: boolean;
  readonly #kept: KeptDestinations;
  #destinations: Destination[] | undefined;
  #parts: DecodedService[] | undefined;

  /**
   * `wide` says of which kind the counters are that were kept at the word `to` of `into`; `kept` which
   * destinations lie behind them.
   */
  constructor(
    view: ByteView,
    start: number,
    end: number,
    layout: AttributeLayout,
    into: ByteView,
    to: number,
    wide: boolean,
    kept: KeptDestinations = NONE,
  ) {
    const { at } = layout;
    const { data, bytes } = view;
    const markAt = at[MARK]!;
    const marked = markAt !== 0;
    const incomplete = !marked && (at[PROTOCOL] === 0 || at[ADDRESS] === 0 || at[PORT] === 0);
    if (at[FAMILY] === 0 || at[SCHEDULER] === 0 || incomplete) requireAll(data, layout, start, marked);
    const family = familyAt('service', data, start + at[FAMILY]!);
    const scheduler = schedulerName(view, start + at[SCHEDULER]!, layout.lengths[SCHEDULER]!);
    const flagsAt = at[FLAGS]!;
    const flags = flagsAt === 0 ? 0 : data.getUint32(start + flagsAt, LITTLE_ENDIAN);
    const engineAt = at[ENGINE]!;
    this.family = family;
    this.protocol = marked ? undefined : protocolAt(data, start + at[PROTOCOL]!);
    this.address = marked ? undefined : formatAddress(family, bytes, start + at[ADDRESS]!);
    this.port = marked ? undefined : data.getUint16(start + at[PORT]!);
    this.mark = marked ? data.getUint32(start + markAt, LITTLE_ENDIAN) : undefined;
    this.scheduler = scheduler;
    this.persistence =
      (flags & ServiceFlag.PERSISTENT) === 0 ? undefined : persistenceAt(view, start, at, family);
    this.onePacket = (flags & ServiceFlag.ONE_PACKET) !== 0;
    this.schedulerFlags = schedulerFlags(scheduler, flags);
    this.persistenceEngine =
      engineAt === 0
        ? undefined
        : readString(bytes, start + engineAt, start + engineAt + layout.lengths[ENGINE]!);
    this.otherFlags = (flags & ~NAMED_SERVICE_FLAGS) >>> 0;
    this.unknown = layout.hasUnknown ? unknownAttributes('service', view, start, end) : undefined;
    this.#view = into;
    this.#at = to;
    this.#wide = wide;
    this.#kept = kept;
  }

  get counters(): Counters {
    return new Counters(this.#wide, this.#view.data, this.#at << 2);
  }

  /** A plain object of everything; as JSON the counters are decimal text. */
  toJSON(): object {
    return { ...this, counters: this.counters };
  }

  static destinations(service: DecodedService): Destination[] {
    service.#destinations ??= service.#decodeKept();
    return service.#destinations;
  }

  static setDestinations(service: DecodedService, destinations: Destination[]): void {
    service.#destinations = destinations;
  }

  static join(service: DecodedService, part: DecodedService): void {
    if (service.#destinations === undefined) (service.#parts ??= []).push(part);
    else service.#destinations.push(...DecodedService.destinations(part));
  }

  #decodeKept(): Destination[] {
    const { count, destinations: layout } = this.#kept;
    const destinations = new Array<Destination>(count);
    let from = this.#at + COUNTER_WORDS;
    for (let index = 0; index < count; index++, from += layout!.length)
      destinations[index] = keptDestination(this.#view, from, layout!, this.family);
    for (const part of this.#parts ?? []) destinations.push(...DecodedService.destinations(part));
    this.#parts = undefined;
    return destinations;
  }
}

class DecodedServiceWithDestinations extends DecodedService {
  get destinations(): Destination[] {
    return DecodedService.destinations(this);
  }

  set destinations(destinations: Destination[]) {
    DecodedService.setDestinations(this, destinations);
  }

  override toJSON(): object {
    return { ...super.toJSON(), destinations: this.destinations };
  }
}

inspectAs(DecodedService, (service) => service.toJSON());

/** Throws a DecodeError for the first attribute that is missing or, ahead of that, has no value of its kind. */
function requireAll(data: DataView, { at }: AttributeLayout, start: number, marked: boolean): void {
  familyAt('service', data, required('service', at, FAMILY, 'family', start));
  required('service', at, SCHEDULER, 'scheduler', start);
  if (marked) return;
  required('service', at, PROTOCOL, 'protocol', start);
  required('service', at, ADDRESS, 'address', start);
  required('service', at, PORT, 'port', start);
}

/** The first `count` entries of the list at `from` as destinations. */
function decodeList(view: ByteView, from: number, count: number, family: Family): Destination[] {
  const destinations = new Array<Destination>(count);
  let offset = from;
  for (let index = 0; index < count; index++) {
    const length = entryLength(view.data, offset);
    destinations[index] = decodeDestination(view, offset + HEADER, offset + length, family);
    offset += align(length);
  }
  return destinations;
}

/** Keeps the first `count` entries of the list at `from`; false where not all of them can be kept like the first. */
function keepList(
  view: ByteView,
  from: number,
  count: number,
  layout: KeptLayout,
  into: ByteView,
  at: number,
): boolean {
  const { data } = view;
  const length = entryLength(data, from);
  let offset = from;
  let to = at;
  for (let index = 0; index < count; index++) {
    if (entryLength(data, offset) !== length) return false;
    if (!keepDestination(view, offset + HEADER, layout, into, to)) return false;
    offset += length;
    to += layout.length;
  }
  return true;
}

function protocolAt(data: DataView, offset: number): Protocol {
  const number = data.getUint16(offset, LITTLE_ENDIAN);
  return PROTOCOL_NAMES[number] ?? number;
}

function persistenceAt(view: ByteView, start: number, at: Int32Array, family: Family): Persistence {
  const timeout = word(view.data, start, at[SERVICE.timeout[0]]!);
  const netmaskAt = at[SERVICE.netmask[0]]!;
  if (netmaskAt === 0) return { timeout };
  if (family === 'ipv4') return { timeout, netmask: formatAddress('ipv4', view.bytes, start + netmaskAt) };
  return { timeout, prefixLength: view.data.getUint32(start + netmaskAt, LITTLE_ENDIAN) };
}

let lastName = '';
let lastBytes: Uint8Array = new Uint8Array(0);

/** The same name comes thousands of times in a row: comparing its bytes spares making the text. */
function schedulerName({ bytes }: ByteView, offset: number, length: number): string {
  let same = length === lastBytes.length && length > 0;
  for (let index = 0; same && index < length; index++) same = bytes[offset + index] === lastBytes[index];
  if (!same) {
    lastName = readString(bytes, offset, offset + length);
    lastBytes = bytes.slice(offset, offset + length);
  }
  return lastName;
}
