import {
  ADDRESS_LENGTH,
  Counters,
  type Destination,
  type Family,
  type ForwardingMethod,
  formatAddress,
  type Service,
  serviceKeyText,
} from '../../protocol/ipvs/index.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const ARROW = '  -> ';
const MARK = 'FWM  ';
const OPENING = 0x5b;
const CLOSING = 0x5d;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_A = 0x41;
const UPPER_F = 0x46;
const LOWER_A = 0x61;
const LOWER_F = 0x66;

const TITLE = 'IP Virtual Server version ';
const PROTOCOLS = [
  ['TCP  ', 'tcp'],
  ['UDP  ', 'udp'],
  ['SCTP  ', 'sctp'],
] as const;
const FORWARDING: readonly (readonly [string, ForwardingMethod])[] = [
  ['Masq ', 'masq'],
  ['Route ', 'direct-route'],
  ['Local ', 'local'],
  ['Tunnel ', 'tunnel'],
];

/** The bytes are not what the kernel writes. */
class Malformed extends Error {}

/** Reads the file; undefined where it is not what the kernel writes. */
export function tableFile(bytes: Uint8Array): TableFile | undefined {
  try {
    return new TableFile(bytes);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/**
 * What /proc/net/ip_vs (`ip_vs_info_seq_show`) says: all destinations, with what `ipvsadm -L` shows of
 * them and nothing else. The kernel writes the whole of it in one pass, where netlink takes a dump for
 * each service.
 */
class TableFile {
  /** By the text of the service's key; marks without their family, which the file does not tell. */
  readonly #destinations = new Map<string, readonly Destination[]>();
  /** Keys that came more than once: a mark of both families, or a table that changed meanwhile. */
  readonly #repeated = new Set<string>();
  readonly #bytes: Uint8Array;
  #at = 0;
  #family: Family = 'ipv4';

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    if (!this.#takes(TITLE)) throw this.#error('no title');
    for (let line = 0; line < 3; line++) this.#skipLine();
    while (this.#at < bytes.length) {
      const key = this.#serviceKey();
      this.#skipLine();
      const destinations: Destination[] = [];
      while (bytes[this.#at] === SPACE) destinations.push(this.#destination());
      if (this.#destinations.has(key)) this.#repeated.add(key);
      this.#destinations.set(key, destinations);
    }
  }

  /**
   * The destinations of a service, in the kernel's order; `undefined` where the file does not have it,
   * and `'unclear'` where it does not tell whose they are. Thresholds, tunnels, persistent connections
   * and counters are not in the file and are zero here.
   */
  destinationsOf(service: Service): readonly Destination[] | 'unclear' | undefined {
    const marked = service.mark !== undefined;
    const key = marked ? `mark ${service.mark}` : serviceKeyText(service);
    if (this.#repeated.has(key)) return 'unclear';
    const destinations = this.#destinations.get(key);
    const foreign = ({ family, forwarding }: Destination): boolean =>
      family !== service.family && forwarding !== 'tunnel';
    return marked && destinations?.some(foreign) === true ? 'unclear' : destinations;
  }

  #serviceKey(): string {
    if (this.#takes(MARK)) return `mark ${this.#hexadecimal(8)}`;
    for (const [label, protocol] of PROTOCOLS) {
      if (!this.#takes(label)) continue;
      const address = this.#address();
      const port = this.#port();
      return `${protocol} ${this.#family === 'ipv4' ? address : `[${address}]`}:${port}`;
    }
    throw this.#error('no service');
  }

  #destination(): Destination {
    if (!this.#takes(ARROW)) throw this.#error('no destination');
    const address = this.#address();
    const family = this.#family;
    const port = this.#port();
    const forwarding = this.#forwarding();
    const weight = this.#decimal();
    const activeConnections = this.#decimal() >>> 0;
    const inactiveConnections = this.#decimal() >>> 0;
    this.#spaces();
    if (this.#bytes[this.#at] !== NEWLINE) throw this.#error('more than a destination');
    this.#at++;
    return {
      family,
      address,
      port,
      forwarding,
      weight,
      upperThreshold: 0,
      lowerThreshold: 0,
      tunnel: undefined,
      activeConnections,
      inactiveConnections,
      persistentConnections: 0,
      unknown: undefined,
      counters: Counters.none,
    };
  }

  /** IPv4 as eight digits, IPv6 as eight groups of four in brackets. Leaves the family in `#family`. */
  #address(): string {
    const address = new Uint8Array(ADDRESS_LENGTH);
    if (this.#bytes[this.#at] !== OPENING) {
      this.#family = 'ipv4';
      const number = this.#hexadecimal(8);
      for (let index = 0; index < 4; index++) address[index] = number >>> (24 - 8 * index);
      return formatAddress('ipv4', address);
    }
    this.#family = 'ipv6';
    for (let index = 0; index < ADDRESS_LENGTH; index += 2) {
      this.#expect(index === 0 ? OPENING : COLON);
      const group = this.#hexadecimal(4);
      address[index] = group >>> 8;
      address[index + 1] = group;
    }
    this.#expect(CLOSING);
    return formatAddress('ipv6', address);
  }

  #port(): number {
    this.#expect(COLON);
    const port = this.#hexadecimal(4);
    this.#expect(SPACE);
    return port;
  }

  #forwarding(): ForwardingMethod {
    this.#spaces();
    for (const [name, forwarding] of FORWARDING) if (this.#takes(name)) return forwarding;
    throw this.#error('no forwarding method');
  }

  #spaces(): void {
    while (this.#bytes[this.#at] === SPACE) this.#at++;
  }

  /** As many digits as that, of either case; without sign. */
  #hexadecimal(digits: number): number {
    let number = 0;
    for (const end = this.#at + digits; this.#at < end; this.#at++) {
      const code = this.#bytes[this.#at]!;
      if (code >= ZERO && code <= NINE) number = number * 16 + code - ZERO;
      else if (code >= UPPER_A && code <= UPPER_F) number = number * 16 + code - UPPER_A + 10;
      else if (code >= LOWER_A && code <= LOWER_F) number = number * 16 + code - LOWER_A + 10;
      else throw this.#error('no hexadecimal digit');
    }
    return number;
  }

  /** A number of 32 bits, perhaps with a sign, and the end of it: a space, or of the line. */
  #decimal(): number {
    this.#spaces();
    const negative = this.#takes('-');
    const start = this.#at;
    let number = 0;
    for (;;) {
      const code = this.#bytes[this.#at]!;
      if (!(code >= ZERO && code <= NINE)) break;
      number = number * 10 + code - ZERO;
      this.#at++;
    }
    const end = this.#bytes[this.#at];
    const ends = end === SPACE || end === NEWLINE;
    if (this.#at === start || number > 0xffffffff || !ends) throw this.#error('no number');
    return negative ? -number : number;
  }

  #takes(text: string): boolean {
    for (let index = 0; index < text.length; index++)
      if (this.#bytes[this.#at + index] !== text.charCodeAt(index)) return false;
    this.#at += text.length;
    return true;
  }

  #expect(code: number): void {
    if (this.#bytes[this.#at] !== code) throw this.#error(`no "${String.fromCharCode(code)}"`);
    this.#at++;
  }

  #skipLine(): void {
    const end = this.#bytes.indexOf(NEWLINE, this.#at);
    if (end < 0) throw this.#error('a line that does not end');
    this.#at = end + 1;
  }

  #error(problem: string): Malformed {
    return new Malformed(`${problem} at byte ${this.#at}`);
  }
}
