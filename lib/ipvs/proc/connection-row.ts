import { type Family, formatAddress } from '../../../protocol/ipvs/index.ts';
import { printable } from '../../../protocol/netlink/text/printable.ts';

/** An address and port of a connection: those of the client, the virtual service or the destination. */
export interface ConnectionEndpoint {
  /** The family of the address. */
  readonly family: Family;
  /** IPv4 or IPv6 address as text. */
  readonly address: string;
  /** Port, 0-65535; 0 in a persistence template for all ports. */
  readonly port: number;
}

/** An entry of the connection table: a connection or a persistence template. */
export interface ConnectionEntry {
  /** Protocol: `tcp`, `udp`, `sctp`; `ip` for a persistence template of a firewall mark. */
  readonly protocol: string;
  /** Address and port of the client. */
  readonly client: ConnectionEndpoint;
  /** Address and port to which the client connects. */
  readonly virtual: ConnectionEndpoint;
  /** Address and port of the destination. */
  readonly destination: ConnectionEndpoint;
  /**
   * State by the kernel's name: `ESTABLISHED`, `SYN_RECV`, `FIN_WAIT`, `UDP`; `ASSURED` or `NONE` for a
   * persistence template.
   */
  readonly state: string;
  /** Time until the entry expires if there is no traffic, in seconds. */
  readonly expires: number;
  /** Name of the persistence engine, if there is one. */
  readonly engine: string | undefined;
  /** The key by which the persistence engine identifies clients, such as a SIP call id. */
  readonly engineData: string | undefined;
}

/** The indexes of the endpoints of a row. */
export const EndpointIndex = { CLIENT: 0, VIRTUAL: 1, DESTINATION: 2 } as const;

const SPACE = 0x20;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
/** Size of an address in {@link ConnectionRow.addresses}, in bytes. */
export const ADDRESS_LENGTH = 16;
const IPV4_LENGTH = 4;

/** Values of hexadecimal digits by character code; 16 for other characters. */
const DIGITS: Uint8Array = new Uint8Array(256).fill(16);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  DIGITS[digit.charCodeAt(0)] = value;
  DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}

/**
 * A parsed row of /proc/net/ip_vs_conn. It is reused for one row after the other, so that parsing allocates
 * almost nothing.
 */
export class ConnectionRow {
  /** The addresses of the three endpoints, {@link ADDRESS_LENGTH} bytes each, of which IPv4 uses the first four. */
  readonly addresses: Uint8Array = new Uint8Array(3 * ADDRESS_LENGTH);
  readonly ports: number[] = [0, 0, 0];
  /** In lower case: `tcp`. */
  protocol = '';
  /** As the kernel writes it: `TCP`. */
  protocolName = '';
  state = '';
  expires = 0;
  readonly #families: Family[] = ['ipv4', 'ipv4', 'ipv4'];
  /** The end of the line: the name and data of a persistence engine. */
  #rest = '';
  /** Current parsing position. */
  #at = 0;
  #end = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #rawProtocol = '';
  #rawState = '';

  /** Parses the line from `start` to `end`; false if it is malformed. */
  parse(bytes: Buffer, start: number, end: number): boolean {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    const protocol = this.#word(this.#rawProtocol);
    if (protocol === '') return false;
    if (protocol !== this.#rawProtocol) {
      this.#rawProtocol = protocol;
      this.protocolName = printable(protocol);
      this.protocol = this.protocolName.toLowerCase();
    }
    for (let endpoint = 0; endpoint < 3; endpoint++) {
      if (!this.#address(endpoint)) return false;
      const port = this.#hexadecimal(4);
      if (port < 0) return false;
      this.ports[endpoint] = port;
    }
    const state = this.#word(this.#rawState);
    if (state === '') return false;
    if (state !== this.#rawState) {
      this.#rawState = state;
      this.state = printable(state);
    }
    this.expires = this.#decimal();
    if (this.expires < 0) return false;
    this.#skipSpaces();
    this.#rest = this.#at < end ? bytes.toString('utf8', this.#at, end) : '';
    return true;
  }

  family(endpoint: number): Family {
    return this.#families[endpoint]!;
  }

  address(endpoint: number): string {
    return formatAddress(this.#families[endpoint]!, this.addresses, endpoint * ADDRESS_LENGTH);
  }

  /** Returns the name of the persistence engine and its data; an empty list if there is none. */
  engine(): readonly string[] {
    if (this.#rest === '') return [];
    return this.#rest.trimEnd().split(/\s+/).slice(0, 2).map(printable);
  }

  /** Returns a copy, which stays valid when the next row is read. */
  copy(): ConnectionRow {
    const copy = new ConnectionRow();
    copy.addresses.set(this.addresses);
    this.ports.forEach((port, endpoint) => {
      copy.ports[endpoint] = port;
      copy.#families[endpoint] = this.#families[endpoint]!;
    });
    copy.protocol = this.protocol;
    copy.protocolName = this.protocolName;
    copy.state = this.state;
    copy.expires = this.expires;
    copy.#rest = this.#rest;
    return copy;
  }

  /** Returns the row as an object. */
  entry(): ConnectionEntry {
    const [engine, engineData] = this.engine();
    return {
      protocol: this.protocol,
      client: this.#endpoint(EndpointIndex.CLIENT),
      virtual: this.#endpoint(EndpointIndex.VIRTUAL),
      destination: this.#endpoint(EndpointIndex.DESTINATION),
      state: this.state,
      expires: this.expires,
      engine,
      engineData,
    };
  }

  #endpoint(endpoint: number): ConnectionEndpoint {
    return {
      family: this.#families[endpoint]!,
      address: this.address(endpoint),
      port: this.ports[endpoint]!,
    };
  }

  #skipSpaces(): void {
    while (this.#at < this.#end && this.#bytes[this.#at] === SPACE) this.#at++;
  }

  /**
   * Parses a word. Returns `previous`, the word of the row before, if it is the same, to avoid a new string.
   */
  #word(previous: string): string {
    this.#skipSpaces();
    const bytes = this.#bytes;
    const start = this.#at;
    const { length } = previous;
    let same = 0;
    while (same < length && bytes[start + same] === previous.charCodeAt(same)) same++;
    let at = start + same;
    while (at < this.#end && bytes[at] !== SPACE) at++;
    this.#at = at;
    return same === length && at === start + length ? previous : bytes.toString('utf8', start, at);
  }

  /** Parses a number with exactly `digits` hexadecimal digits; -1 if there is none. */
  #hexadecimal(digits: number): number {
    this.#skipSpaces();
    const start = this.#at;
    let number = 0;
    for (
      let digit: number;
      this.#at < this.#end && (digit = DIGITS[this.#bytes[this.#at]!]!) < 16;
      this.#at++
    )
      number = number * 16 + digit;
    return this.#at - start === digits ? number : -1;
  }

  #decimal(): number {
    this.#skipSpaces();
    const start = this.#at;
    let number = 0;
    for (; this.#at < this.#end; this.#at++) {
      const digit = this.#bytes[this.#at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      number = number * 10 + digit;
    }
    return this.#at === start ? -1 : number;
  }

  /** Parses an address: IPv4 as eight hexadecimal digits, IPv6 in full, possibly in brackets. */
  #address(endpoint: number): boolean {
    this.#skipSpaces();
    const bytes = this.#bytes;
    let at = this.#at;
    const offset = endpoint * ADDRESS_LENGTH;
    const brackets = bytes[at] === OPENING_BRACKET;
    if (brackets) at++;
    let length = 0;
    for (; at < this.#end; at += 2) {
      if (bytes[at] === COLON) at++;
      const high = DIGITS[bytes[at]!]!;
      const low = at + 1 < this.#end ? DIGITS[bytes[at + 1]!]! : 16;
      if (high > 15 || low > 15 || length === ADDRESS_LENGTH) break;
      this.addresses[offset + length++] = high * 16 + low;
    }
    if (length !== IPV4_LENGTH && length !== ADDRESS_LENGTH) return false;
    if (brackets) at++;
    if (at < this.#end && bytes[at] !== SPACE) return false;
    this.#at = at;
    const family = length === IPV4_LENGTH ? 'ipv4' : 'ipv6';
    if (this.#families[endpoint] !== family) this.#families[endpoint] = family;
    return true;
  }
}
