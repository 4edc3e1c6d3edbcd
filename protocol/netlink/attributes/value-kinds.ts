import type { ByteView } from '../messages/byte-view.ts';
import { HOST_IS_LITTLE_ENDIAN } from '../messages/constants.ts';
import { FieldError } from '../messages/errors.ts';
import type { MessageWriter } from '../messages/writer.ts';
import { readString, textBytes } from '../text/text-bytes.ts';

/** Flags with a mask of the bits that are significant (`struct ip_vs_flags`). */
export interface MaskedFlags {
  /** The flags. */
  readonly flags: number;
  /** The significant bits; the others of `flags` are ignored. */
  readonly mask: number;
}

/** Bits to set or clear, with a selector of the bits that change (`struct nla_bitfield32`). */
export interface Bitfield32 {
  /** The values of the selected bits; the kernel rejects bits that are not selected. */
  readonly value: number;
  /** The bits that change. */
  readonly selector: number;
}

/**
 * The types of values by kind. A value is anything that is not a nested attribute set, strings and bytes
 * included. Integers are in host byte order, or big-endian if the kind ends in `be`; 64-bit integers are a bigint.
 */
export interface ValueTypes {
  /** Unsigned, 8 bits. */
  u8: number;
  /** Unsigned, 16 bits. */
  u16: number;
  /** Unsigned, 32 bits. */
  u32: number;
  /** Unsigned, 64 bits. */
  u64: bigint;
  /** Signed, 8 bits. */
  s8: number;
  /** Signed, 16 bits. */
  s16: number;
  /** Signed, 32 bits. */
  s32: number;
  /** Signed, 64 bits. */
  s64: bigint;
  /** Unsigned, 16 bits, big-endian. */
  u16be: number;
  /** Unsigned, 32 bits, big-endian. */
  u32be: number;
  /** Unsigned, 64 bits, big-endian. */
  u64be: bigint;
  /** Signed, 16 bits, big-endian. */
  s16be: number;
  /** Signed, 32 bits, big-endian. */
  s32be: number;
  /** Signed, 64 bits, big-endian. */
  s64be: bigint;
  /** Unsigned, of variable length (`NLA_UINT`): 4 bytes if the value fits, otherwise 8. */
  uint: bigint;
  /** Signed, of variable length (`NLA_SINT`): 4 bytes if the value fits, otherwise 8. */
  sint: bigint;
  /** Text, written with a trailing NUL, read with or without one; see {@link readString}. */
  string: string;
  /** Bytes, any number of them. */
  bytes: Uint8Array;
  /** 4 bytes. */
  bytes4: Uint8Array;
  /** 16 bytes. */
  bytes16: Uint8Array;
  /** Flags with a mask (`struct ip_vs_flags`). */
  'masked-flags': MaskedFlags;
  /** Bits with a selector (`NLA_BITFIELD32`). */
  bitfield32: Bitfield32;
  /** Present or absent, without a value (`NLA_FLAG`). */
  flag: true;
  /** Padding attribute for alignment; skipped when decoding, never written. */
  padding: never;
}

/** The name of a kind of value. */
export type ValueKind = keyof ValueTypes;

/** Checks, reads and writes values of one kind. */
export interface ValueCodec {
  /** Minimum length of a value, in bytes; extra bytes are ignored. */
  readonly minimum: number;
  /** Length of a value, in bytes, if it is fixed. */
  readonly size?: number;
  /** Reads the value from `from` to `to`, at least `minimum` bytes. */
  read(view: ByteView, from: number, to: number): unknown;
  /**
   * Checks a value and returns the number of bytes that it will be encoded to. Throws a {@link FieldError}
   * with the path `path.name` for a value that is not of this kind.
   */
  checkedLength(value: unknown, path: string, name: string): number;
  /** Writes a value at `at` after `checkedLength` has checked it. */
  put(writer: MessageWriter, at: number, value: unknown): void;
}

type Range = readonly [minimum: number, maximum: number];

const U32_RANGE: Range = [0, 0xffffffff];
/** The range of a u16. */
export const U16_RANGE: Range = [0, 0xffff];

function integer(
  size: 1 | 2 | 4,
  signed: boolean,
  littleEndian: boolean = HOST_IS_LITTLE_ENDIAN,
): ValueCodec {
  const values = 2 ** (8 * size);
  const range: Range = signed ? [-values / 2, values / 2 - 1] : [0, values - 1];
  const method = `get${signed ? 'Int' : 'Uint'}${(8 * size) as 8 | 16 | 32}` as const;
  const put = `put${(8 * size) as 8 | 16 | 32}` as const;
  return {
    minimum: size,
    size,
    read: ({ data }, from) => data[method](from, littleEndian),
    checkedLength: (value, path, name) => {
      wholeNumber(range, value, path, name);
      return size;
    },
    put: (writer, at, value) => writer[put](at, value as number, littleEndian),
  };
}

function integer64(signed: boolean, littleEndian: boolean = HOST_IS_LITTLE_ENDIAN): ValueCodec {
  const check: BigintCheck = bigintCheck(signed);
  return {
    minimum: 8,
    size: 8,
    read: ({ data }, from) =>
      signed ? data.getBigInt64(from, littleEndian) : data.getBigUint64(from, littleEndian),
    checkedLength: (value, path, name) => {
      check(value, path, name);
      return 8;
    },
    put: (writer, at, value) => writer.put64(at, value as bigint, littleEndian),
  };
}

/** An integer of 4 or 8 bytes, as the kernel's `nla_put_uint` and `nla_get_uint` write and read it. */
function variableWidthInteger(signed: boolean): ValueCodec {
  const check: BigintCheck = bigintCheck(signed);
  const short = integer(4, signed);
  const long = integer64(signed);
  const lengthOf = (value: bigint): number =>
    (signed ? BigInt.asIntN(32, value) : BigInt.asUintN(32, value)) === value ? 4 : 8;
  return {
    minimum: 4,
    read: (view, from, to) =>
      to - from < 8 ? BigInt(short.read(view, from, to) as number) : long.read(view, from, to),
    checkedLength: (value, path, name) => {
      check(value, path, name);
      return lengthOf(value);
    },
    put: (writer, at, value) =>
      lengthOf(value as bigint) === 4 ? short.put(writer, at, Number(value)) : long.put(writer, at, value),
  };
}

type BigintCheck = (value: unknown, path: string, name: string) => asserts value is bigint;

function bigintCheck(signed: boolean): BigintCheck {
  const rule = signed ? 'must be a bigint from -2^63 to 2^63 - 1' : 'must be a bigint from 0 to 2^64 - 1';
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
  return (value, path, name) => {
    if (typeof value !== 'bigint' || wrap(64, value) !== value)
      throw new FieldError(joinPath(path, name), value, rule);
  };
}

/**
 * Two 32-bit words as an object with the properties `first` and `second`. With `secondSelects`, bits of the
 * first must be set in the second as well.
 */
function words(first: string, second: string, secondSelects: boolean): ValueCodec {
  return {
    minimum: 8,
    size: 8,
    read: ({ data }, from) => ({
      [first]: data.getUint32(from, HOST_IS_LITTLE_ENDIAN),
      [second]: data.getUint32(from + 4, HOST_IS_LITTLE_ENDIAN),
    }),
    checkedLength: (value, path, name) => {
      if (typeof value !== 'object' || value === null)
        throw new FieldError(joinPath(path, name), value, `must be an object of ${first} and ${second}`);
      const { [first]: bits, [second]: selector } = value as Record<string, unknown>;
      wholeNumber(U32_RANGE, bits, path, `${name}.${first}`);
      wholeNumber(U32_RANGE, selector, path, `${name}.${second}`);
      if (secondSelects && (bits & ~selector) !== 0)
        throw new FieldError(
          joinPath(path, `${name}.${first}`),
          bits,
          `must have no bits outside the ${second} (${selector})`,
        );
      return 8;
    },
    put: (writer, at, value) => {
      writer.put32(at, (value as Record<string, number>)[first]!);
      writer.put32(at + 4, (value as Record<string, number>)[second]!);
    },
  };
}

/** Bytes of any number, or exactly `size`. */
function bytes(size?: number): ValueCodec {
  const rule = size === undefined ? 'must be bytes' : `must be ${size} bytes`;
  return {
    minimum: size ?? 0,
    ...(size === undefined ? {} : { size }),
    read: (view, from, to) => view.bytes.slice(from, size === undefined ? to : from + size),
    checkedLength: (value, path, name) => {
      if (!(value instanceof Uint8Array) || (size !== undefined && value.length !== size))
        throw new FieldError(joinPath(path, name), value, rule);
      return value.length;
    },
    put: (writer, at, value) => writer.putBytes(at, value as Uint8Array),
  };
}

const text: ValueCodec = {
  minimum: 0,
  read: (view, from, to) => readString(view.bytes, from, to),
  checkedLength: (value, path, name) => {
    const encoded = textBytes(value);
    if (encoded === undefined)
      throw new FieldError(joinPath(path, name), value, 'must be Unicode text without NUL');
    return encoded.length + 1;
  },
  put: (writer, at, value) => writer.putBytes(at, textBytes(value)!),
};

const flag: ValueCodec = {
  minimum: 0,
  read: () => true,
  checkedLength: (value, path, name) => {
    if (value !== true) throw new FieldError(joinPath(path, name), value, 'must be true or absent');
    return 0;
  },
  put: () => {},
};

const padding: ValueCodec = {
  minimum: 0,
  read: () => undefined,
  checkedLength: (value, path, name) => {
    throw new FieldError(joinPath(path, name), value, 'must be absent: padding is never written');
  },
  put: () => {},
};

const VALUE_CODECS: { readonly [Kind in ValueKind]: ValueCodec } = {
  u8: integer(1, false),
  u16: integer(2, false),
  u32: integer(4, false),
  u64: integer64(false),
  s8: integer(1, true),
  s16: integer(2, true),
  s32: integer(4, true),
  s64: integer64(true),
  u16be: integer(2, false, false),
  u32be: integer(4, false, false),
  u64be: integer64(false, false),
  s16be: integer(2, true, false),
  s32be: integer(4, true, false),
  s64be: integer64(true, false),
  uint: variableWidthInteger(false),
  sint: variableWidthInteger(true),
  string: text,
  bytes: bytes(),
  bytes4: bytes(4),
  bytes16: bytes(16),
  'masked-flags': words('flags', 'mask', false),
  bitfield32: words('value', 'selector', true),
  flag,
  padding,
};

/** Returns the codec of a kind of value; `undefined` if there is no such kind. */
export function valueCodec(kind: string): ValueCodec | undefined {
  return Object.hasOwn(VALUE_CODECS, kind) ? VALUE_CODECS[kind as ValueKind] : undefined;
}

/** Returns the minimum length of a value of this kind, in bytes; a shorter one is malformed. */
export function minimumLength(kind: string): number {
  return valueCodec(kind)?.minimum ?? 0;
}

/** Throws a {@link FieldError} unless the value is an integer in the range. */
export function wholeNumber(
  [minimum, maximum]: Range,
  value: unknown,
  path: string,
  name: string,
): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
    throw new FieldError(joinPath(path, name), value, `must be a whole number from ${minimum} to ${maximum}`);
  }
}

/** Appends a name to an attribute path. */
export function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
