import { formatAddress, parseAddress } from '../../../../protocol/ipvs/fields/address.ts';
import type { Family } from '../../../../protocol/ipvs/index.ts';
import type { Statement, Word } from '../syntax/blocks.ts';
import type { Position, Report } from '../syntax/report.ts';

/** An address in its canonical form, and its port; 0 if the configuration gives none. */
export interface Endpoint {
  readonly family: Family;
  readonly address: string;
  readonly port: number;
}

/**
 * Maximum number of addresses, services and servers: groups, `~SEQ` and `~LST` make many of them from a short
 * text.
 */
const MAX_OBJECTS = 500_000;

const FAMILIES = { inet: 'ipv4', inet6: 'ipv6' } as const;

/** Reads the values of statements. For an invalid value it reports an error and returns undefined. */
export class ValueParser {
  readonly report: Report;

  #objects = 0;

  constructor(report: Report) {
    this.report = report;
  }

  /**
   * Adds to the number of addresses, services and servers. Returns false above the maximum, and reports that
   * once.
   */
  countObjects(at: Position, count: number): boolean {
    const wasWithinLimit = this.#objects <= MAX_OBJECTS;
    this.#objects += count;
    if (this.#objects <= MAX_OBJECTS) return true;
    if (wasWithinLimit)
      this.report.error(
        at,
        `the configuration makes more than ${MAX_OBJECTS} addresses, services and servers`,
      );
    return false;
  }

  /** Reads a whole number from `minimum` to `maximum`. */
  number(at: Position, word: Word | undefined, minimum: number, maximum: number): number | undefined {
    const value = /^\d+$/.test(word?.text ?? '') ? Number(word!.text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    return this.#reportInvalid(word ?? at, word, `a whole number from ${minimum} to ${maximum}`);
  }

  /** Reads the only value of a statement, a whole number. */
  onlyNumber(statement: Statement, minimum: number, maximum: number): number | undefined {
    if (!this.checkCount(statement, 1, 1)) return undefined;
    return this.number(statement.keyword, statement.values[0], minimum, maximum);
  }

  /** Reads one of `names`, in upper or lower case. */
  word<Name extends string>(at: Position, word: Word | undefined, names: readonly Name[]): Name | undefined {
    const found = names.find((name) => name.toLowerCase() === word?.text.toLowerCase());
    return found ?? this.#reportInvalid(word ?? at, word, names.join(' or '));
  }

  /** Reads the only value of a statement, one of `names`, in upper or lower case. */
  onlyWord<Name extends string>(statement: Statement, names: readonly Name[]): Name | undefined {
    if (!this.checkCount(statement, 1, 1)) return undefined;
    return this.word(statement.keyword, statement.values[0], names);
  }

  /** Reads the name of an address family. */
  family(at: Position, word: Word | undefined): Family | undefined {
    const name = this.word(at, word, ['inet', 'inet6']);
    return name && FAMILIES[name];
  }

  /** Reads an address and the port after it. */
  endpoint(at: Position, address: Word | undefined, port: Word | undefined): Endpoint | undefined {
    if (address === undefined) return this.#reportInvalid(at, address, 'an address');
    let parsed: ReturnType<typeof parseAddress>;
    try {
      parsed = parseAddress('address', address.text);
    } catch {
      return this.#reportInvalid(address, address, 'an IPv4 or IPv6 address');
    }
    const { family, bytes } = parsed;
    const text = formatAddress(family, bytes);
    const number = port === undefined ? 0 : this.number(address, port, 1, 0xffff);
    return number === undefined ? undefined : { family, address: text, port: number };
  }

  /** Whether a statement has from `minimum` to `maximum` values; reports an error if not. */
  checkCount({ keyword, values }: Statement, minimum: number, maximum: number): boolean {
    if (values.length >= minimum && values.length <= maximum) return true;
    const problem =
      values.length < minimum ? 'needs a value' : `${values[maximum]!.text} is not expected here`;
    this.report.error(values[maximum] ?? keyword, `${keyword.text}: ${problem}`);
    return false;
  }

  #reportInvalid(at: Position, word: Word | undefined, expected: string): undefined {
    this.report.error(
      at,
      word === undefined ? `${expected} is missing` : `${word.text}: must be ${expected}`,
    );
    return undefined;
  }
}
