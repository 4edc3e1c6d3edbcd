import type { SettingKind } from '../../protocol/ipvs/fields/attributes.ts';
import type { AttributeSpec, ByteView } from '../../protocol/netlink/index.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  ATTRIBUTE_TYPE_MASK,
  align,
  HOST_IS_LITTLE_ENDIAN,
  NESTED,
  readString,
} from '../../protocol/netlink/index.ts';
import { Errno, RequestRefused } from './request-refused.ts';

type Check = 'integer' | 'nul-string' | 'at-most' | 'at-least' | 'nest' | 'any';

interface AttributeRule {
  readonly name: string;
  readonly check: Check;
  readonly length: number;
}

interface AttributeSet {
  readonly [name: string]: AttributeSpec;
}

const RULES_BY_KIND: Readonly<Record<string, readonly [check: Check, length: number]>> = {
  u8: ['integer', 1],
  u16: ['integer', 2],
  u16be: ['integer', 2],
  u32: ['integer', 4],
  s32: ['integer', 4],
  bytes4: ['integer', 4],
  bytes16: ['at-most', 16],
  'masked-flags': ['at-most', 8],
  nest: ['nest', 0],
};

/**
 * A kernel's policy for the attributes of one set (`struct nla_policy`).
 *
 * Liberal validation (`NL_VALIDATE_LIBERAL`) accepts unknown types, values longer than their type, trailing
 * bytes and nests without NLA_F_NESTED. Strict validation (`NL_VALIDATE_STRICT`) rejects each of them with
 * EINVAL.
 */
export class AttributePolicy<Name extends string> {
  readonly #rules: (AttributeRule | undefined)[] = [];

  /**
   * @param set the attributes by name; their rules follow from their kinds
   * @param lengths limits by name, in bytes: for a string the maximum length without the NUL, for an address of 16
   *   bytes the minimum length; strings not listed here are not checked
   * @param unchecked attributes that are not in the kernel's policy
   */
  constructor(
    set: { readonly [key in Name]: AttributeSpec },
    lengths: { readonly [name: string]: number },
    unchecked: readonly string[] = [],
  ) {
    for (const [name, [type, kind]] of Object.entries<AttributeSpec>(set as AttributeSet)) {
      const limit = lengths[name];
      let [check, length]: readonly [Check, number] = RULES_BY_KIND[kind] ?? ['any', 0];
      if (kind === 'string' && limit !== undefined) [check, length] = ['nul-string', limit];
      else if (kind === 'bytes16' && limit !== undefined) [check, length] = ['at-least', limit];
      if (unchecked.includes(name)) check = 'any';
      this.#rules[type] = { name, check, length };
    }
  }

  /**
   * Parses and validates the attributes from `start` to `end`, as `__nla_validate_parse` does.
   *
   * Throws a {@link RequestRefused} with EINVAL or ERANGE and the offset of the attribute from
   * `base`, the start of the request's header.
   */
  parse(view: ByteView, start: number, end: number, base: number, strict = false): RequestAttributes<Name> {
    const bounds = new Map<string, readonly [start: number, end: number]>();
    let offset = start;
    while (end - offset >= ATTRIBUTE_HEADER_LENGTH) {
      const length = view.data.getUint16(offset, HOST_IS_LITTLE_ENDIAN);
      if (length < ATTRIBUTE_HEADER_LENGTH || length > end - offset) break;
      const rawType = view.data.getUint16(offset + 2, HOST_IS_LITTLE_ENDIAN);
      const rule = this.#rules[rawType & ATTRIBUTE_TYPE_MASK];
      const from = offset + ATTRIBUTE_HEADER_LENGTH;
      const to = offset + length;
      const refuse = (errno: number, name: string, message: string): never => {
        throw new RequestRefused(errno, `attribute ${name} fails the policy`, {
          message,
          offset: offset - base,
        });
      };
      if (strict) {
        const problem = strictProblem(rule, rawType, to - from);
        if (problem !== undefined) refuse(Errno.EINVAL, rule?.name ?? `${rawType}`, problem);
      }
      if (rule !== undefined) {
        const errno = policyErrno(rule, view, from, to);
        if (errno !== 0) refuse(errno, rule.name, 'Attribute failed policy validation');
        bounds.set(rule.name, [from, to]);
      }
      offset += align(length);
    }
    const warning = offset < end ? 'bytes leftover after parsing attributes' : undefined;
    if (strict && warning !== undefined)
      throw new RequestRefused(Errno.EINVAL, warning, { message: warning });
    return new RequestAttributes(view, bounds, warning);
  }
}

/** Returns the problem for which only strict validation (`validate_nla`) rejects an attribute. */
function strictProblem(rule: AttributeRule | undefined, rawType: number, length: number): string | undefined {
  if (rule === undefined) return 'Unknown attribute type';
  if (rule.check === 'nest' && (rawType & NESTED) === 0) return 'NLA_F_NESTED is missing';
  return rule.check === 'integer' && length !== rule.length ? 'invalid attribute length' : undefined;
}

/** Returns the errno with which both liberal and strict validation reject an attribute; 0 if they accept it. */
function policyErrno(rule: AttributeRule, view: ByteView, from: number, to: number): number {
  const length = to - from;
  switch (rule.check) {
    case 'integer':
    case 'at-least':
      return length < rule.length ? Errno.ERANGE : 0;
    case 'at-most':
      return length > rule.length ? Errno.ERANGE : 0;
    case 'nest':
      return length > 0 && length < ATTRIBUTE_HEADER_LENGTH ? Errno.ERANGE : 0;
    case 'nul-string': {
      const text = view.bytes.subarray(from, to);
      if (!text.subarray(0, rule.length + 1).includes(0)) return Errno.EINVAL;
      const textLength = text[length - 1] === 0 ? length - 1 : length;
      return textLength > rule.length ? Errno.ERANGE : 0;
    }
    default:
      return 0;
  }
}

/** The attributes of a request. Only values of attributes for which {@link has} is true may be read. */
export class RequestAttributes<Name extends string> {
  /** The parser's warning about a request that it accepts, for the extended ack. */
  readonly warning: string | undefined;
  readonly #view: ByteView;
  readonly #bounds: ReadonlyMap<string, readonly [start: number, end: number]>;

  constructor(
    view: ByteView,
    bounds: ReadonlyMap<string, readonly [start: number, end: number]>,
    warning: string | undefined,
  ) {
    this.#view = view;
    this.#bounds = bounds;
    this.warning = warning;
  }

  has(...names: readonly Name[]): boolean {
    return names.every((name) => this.#bounds.has(name));
  }

  /** Returns the bounds of the value in the request; `undefined` if the attribute is absent. */
  range(name: Name): readonly [start: number, end: number] | undefined {
    return this.#bounds.get(name);
  }

  u8(name: Name): number {
    return this.#view.data.getUint8(this.#at(name));
  }

  u16(name: Name): number {
    return this.#view.data.getUint16(this.#at(name), HOST_IS_LITTLE_ENDIAN);
  }

  u16be(name: Name): number {
    return this.#view.data.getUint16(this.#at(name));
  }

  u32(name: Name): number {
    return this.#view.data.getUint32(this.#at(name), HOST_IS_LITTLE_ENDIAN);
  }

  s32(name: Name): number {
    return this.#view.data.getInt32(this.#at(name), HOST_IS_LITTLE_ENDIAN);
  }

  string(name: Name): string {
    const [start, end] = this.#bounds.get(name)!;
    return readString(this.#view.bytes, start, end);
  }

  /** Returns the first `length` bytes of the value, padded with zeros (`nla_memcpy`). */
  bytes(name: Name, length: number): Uint8Array {
    const [start, end] = this.#bounds.get(name)!;
    const bytes = new Uint8Array(length);
    bytes.set(this.#view.bytes.subarray(start, Math.min(end, start + length)));
    return bytes;
  }

  /** Returns the value of an attribute of the given kind. */
  value(name: Name, kind: SettingKind): number | string | Uint8Array {
    switch (kind) {
      case 'string':
        return this.string(name);
      case 'bytes4':
      case 'masked-flags':
        return this.bytes(name, kind === 'bytes4' ? 4 : 8);
      default:
        return this[kind](name);
    }
  }

  #at(name: Name): number {
    return this.#bounds.get(name)![0];
  }
}
