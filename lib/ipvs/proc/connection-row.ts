import { type Family, formatAddress } from '../../../protocol/ipvs/index.ts';
import { printable } from '../../../protocol/netlink/text/printable.ts';

/** One side of a connection. */
export interface ConnectionEndpoint {
  /** The family of the address. */
  readonly family: Family;
  /** IPv4 or IPv6 address as text. */
  readonly address: string;
  /** Port, 0-65535; 0 in a persistence template that holds for all ports. */
  readonly port: number;
}

/** A connection as the kernel's table has it, a persistence template included. */
export interface ConnectionEntry {
  /** `tcp`, `udp`, `sctp`; `ip` of a persistence template for a firewall mark. */
  readonly protocol: string;
  /** Where the connection comes from. */
  readonly client: ConnectionEndpoint;
  /** Where the client sends to: the address and port of the service, whose own port may be 0 for all of them. */
  readonly virtual: ConnectionEndpoint;
  /** The destination that the connection was given to. */
  readonly destination: ConnectionEndpoint;
  /** As the kernel names it: `ESTABLISHED`, `SYN_RECV`, `FIN_WAIT`, `UDP`; `ASSURED` or `NONE` of a persistence template. */
  readonly state: string;
  /** Seconds until the entry runs out, unless there is traffic. */
  readonly expires: number;
  /** The persistence engine and its data, where it has one. */
  readonly engine: string | undefined;
  /** What the persistence engine tells clients apart by, such as a SIP call id. */
  readonly engineData: string | undefined;
}

/** The sides of a row by their numbers. */
export const Side = { CLIENT: 0, VIRTUAL: 1, DESTINATION: 2 } as const;

const SPACE = 0x20;
const COLON = 0x3a;
const OPENING = 0x5b;
/** How long an address is in the bytes of a row, in bytes. */
export const ADDRESS = 16;
const IPV4 = 4;

/** The value of each hexadecimal digit by its code; 16 of anything else. */
const DIGITS: Uint8Array = new Uint8Array(256).fill(16);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  DIGITS[digit.charCodeAt(0)] = value;
  DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}

/**
 * A row of /proc/net/ip_vs_conn, taken apart without an object or a text for each: the rows of a table are read into
 * the same one in turn.
 */
export class ConnectionRow {
  /** The addresses of the three sides, {@link ADDRESS} bytes each, of which IPv4 uses the first four. */
  readonly addresses: Uint8Array = new Uint8Array(3 * ADDRESS);
  readonly ports: number[] = [0, 0, 0];
  /** In small letters: `tcp`. */
  protocol = '';
  /** As the kernel writes it: `TCP`. */
  protocolName = '';
  state = '';
  expires = 0;
  readonly #families: Family[] = ['ipv4', 'ipv4', 'ipv4'];
  /** The name and data of a persistence engine. */
  #rest = '';
  /** Where parsing has come to. */
  #at = 0;
  #end = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #protocolBytes = '';
  #stateBytes = '';

  /** Takes the line between `start` and `end` apart; false where it is none of that file. */
  parse(bytes: Buffer, start: number, end: number): boolean {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    const protocol = this.#word(this.#protocolBytes);
    if (protocol === '') return false;
    if (protocol !== this.#protocolBytes) {
      this.#protocolBytes = protocol;
      this.protocolName = printable(protocol);
      this.protocol = this.protocolName.toLowerCase();
    }
    for (let side = 0; side < 3; side++) {
      if (!this.#address(side)) return false;
      const port = this.#hexadecimal(4);
      if (port < 0) return false;
      this.ports[side] = port;
    }
    const state = this.#word(this.#stateBytes);
    if (state === '') return false;
    if (state !== this.#stateBytes) {
      this.#stateBytes = state;
      this.state = printable(state);
    }
    this.expires = this.#decimal();
    if (this.expires < 0) return false;
    this.#skipSpaces();
    this.#rest = this.#at < end ? bytes.toString('utf8', this.#at, end) : '';
    return true;
  }

  family(side: number): Family {
    return this.#families[side]!;
  }

  address(side: number): string {
    return formatAddress(this.#families[side]!, this.addresses, side * ADDRESS);
  }

  /** The name of the persistence engine, and its data; empty where there is none. */
  engine(): readonly string[] {
    if (this.#rest === '') return [];
    return this.#rest.trimEnd().split(/\s+/).slice(0, 2).map(printable);
  }

  /** A copy that holds when the next row is read. */
  copy(): ConnectionRow {
    const copy = new ConnectionRow();
    copy.addresses.set(this.addresses);
    this.ports.forEach((port, side) => {
      copy.ports[side] = port;
      copy.#families[side] = this.#families[side]!;
    });
    copy.protocol = this.protocol;
    copy.protocolName = this.protocolName;
    copy.state = this.state;
    copy.expires = this.expires;
    copy.#rest = this.#rest;
    return copy;
  }

  /** The same as an object. */
  entry(): ConnectionEntry {
    const [engine, engineData] = this.engine();
    return {
      protocol: this.protocol,
      client: this.#endpoint(Side.CLIENT),
      virtual: this.#endpoint(Side.VIRTUAL),
      destination: this.#endpoint(Side.DESTINATION),
      state: this.state,
      expires: this.expires,
      engine,
      engineData,
    };
  }

  #endpoint(side: number): ConnectionEndpoint {
    return { family: this.#families[side]!, address: this.address(side), port: this.ports[side]! };
  }

  #skipSpaces(): void {
    while (this.#at < this.#end && this.#bytes[this.#at] === SPACE) this.#at++;
  }

  /** The next word; `likely` itself where it is that, which most often it is. */
  #word(likely: string): string {
    this.#skipSpaces();
    const bytes = this.#bytes;
    const start = this.#at;
    const { length } = likely;
    let same = 0;
    while (same < length && bytes[start + same] === likely.charCodeAt(same)) same++;
    let at = start + same;
    while (at < this.#end && bytes[at] !== SPACE) at++;
    this.#at = at;
    return same === length && at === start + length ? likely : bytes.toString('utf8', start, at);
  }

  /** The next number of so many hexadecimal digits; -1 where there is none. */
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

  /** The kernel writes IPv4 as eight hexadecimal digits and IPv6 in full, once in brackets. */
  #address(side: number): boolean {
    this.#skipSpaces();
    const bytes = this.#bytes;
    let at = this.#at;
    const first = side * ADDRESS;
    const brackets = bytes[at] === OPENING;
    if (brackets) at++;
    let length = 0;
    for (; at < this.#end; at += 2) {
      if (bytes[at] === COLON) at++;
      const high = DIGITS[bytes[at]!]!;
      const low = at + 1 < this.#end ? DIGITS[bytes[at + 1]!]! : 16;
      if (high > 15 || low > 15 || length === ADDRESS) break;
      this.addresses[first + length++] = high * 16 + low;
    }
    if (length !== IPV4 && length !== ADDRESS) return false;
    if (brackets) at++;
    if (at < this.#end && bytes[at] !== SPACE) return false;
    this.#at = at;
    const family = length === IPV4 ? 'ipv4' : 'ipv6';
    if (this.#families[side] !== family) this.#families[side] = family;
    return true;
  }
}
