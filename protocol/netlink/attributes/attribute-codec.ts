import { ByteView } from '../messages/byte-view.ts';
import { ATTRIBUTE_HEADER_LENGTH, ATTRIBUTE_TYPE_MASK, NESTED } from '../messages/constants.ts';
import { FieldError } from '../messages/errors.ts';
import type { MessageWriter } from '../messages/writer.ts';
import type {
  AttributeEntries,
  AttributeEntry,
  AttributeSets,
  AttributeValues,
  UnknownAttribute,
} from './attribute-sets.ts';
import { prepareSets } from './attribute-sets.ts';
import {
  listOf,
  objectOf,
  readPacked,
  readValue,
  unknownAttribute,
  writePacked,
  writeValue,
} from './attribute-values.ts';
import { walkAttributes } from './attribute-walk.ts';
import { joinPath } from './value-kinds.ts';

type Values = { [name: string]: unknown };

/** Options of an {@link AttributeCodec}. */
export interface AttributeCodecOptions {
  /**
   * Whether nests are written with NLA_F_NESTED. Default: true. Families with strict validation (those added
   * since Linux 5.2) require it; older ones ignore it.
   */
  readonly nestedFlag?: boolean | undefined;
}

/**
 * Encodes and decodes the attributes of the sets that it was made with.
 *
 * Values are plain objects with the names of the attributes. Nests are read with and without NLA_F_NESTED.
 */
export class AttributeCodec<const Sets> {
  /** The attribute sets. */
  readonly sets: Sets & AttributeSets;
  readonly #sets: ReadonlyMap<string, AttributeEntries>;
  readonly #nestedFlag: number;

  /** Throws a {@link FieldError} that names `set.attribute` for an invalid specification. */
  constructor(sets: Sets & AttributeSets, { nestedFlag = true }: AttributeCodecOptions = {}) {
    this.sets = sets;
    this.#sets = prepareSets(sets);
    this.#nestedFlag = nestedFlag ? NESTED : 0;
  }

  /**
   * Decodes the attributes from `start` to `end` as the set `name`.
   *
   * Attributes that are not in the set are stored in `unknown`. Throws a {@link DecodeError} with offset
   * and path for an invalid length or a value too short for its kind.
   */
  decode<Name extends keyof Sets & string>(
    name: Name,
    view: ByteView,
    start = 0,
    end: number = view.bytes.length,
    path: string = name,
  ): AttributeValues<Sets, Name> {
    return this.#decodeSet(name, view, start, end, path) as AttributeValues<Sets, Name>;
  }

  /** Decodes attributes that fill `bytes`. */
  decodeBytes<Name extends keyof Sets & string>(name: Name, bytes: Uint8Array): AttributeValues<Sets, Name> {
    return this.decode(name, new ByteView(bytes));
  }

  /**
   * Appends the values as attributes in the order of the set, then the unknown ones unchanged.
   *
   * Throws a {@link FieldError} that names the attribute for a value of the wrong type or out of range,
   * and for a name that is not in the set. The writer then holds a partial message: reset it to the
   * message's start.
   */
  encode<Name extends keyof Sets & string>(
    name: Name,
    writer: MessageWriter,
    values: AttributeValues<Sets, Name>,
    path: string = name,
  ): void {
    this.#encodeSet(name, writer, values, path);
  }

  /**
   * Returns the path of the attribute at `offset`, for NLMSGERR_ATTR_OFFS of an extended ack; `undefined` if
   * there is no attribute at this offset.
   */
  pathAt(
    name: keyof Sets & string,
    view: ByteView,
    start: number,
    end: number,
    offset: number,
    path = '',
  ): string | undefined {
    return this.#find(name, view, start, end, offset, path, (_header, attributePath) => attributePath);
  }

  /**
   * Returns the path of the attribute of type `missing` that is absent from the nest whose header is at
   * `offset`, for NLMSGERR_ATTR_MISS_TYPE and MISS_NEST of an extended ack; the offset 0 stands for the top
   * level. `undefined` if there is no known nest at this offset.
   */
  pathOfMissing(
    name: keyof Sets & string,
    view: ByteView,
    start: number,
    end: number,
    offset: number,
    missing: number,
    path = '',
  ): string | undefined {
    const inSet = (set: string, nest: string): string =>
      joinPath(nest, this.#set(set).byType[missing]?.name ?? `attribute ${missing}`);
    if (offset === 0) return inSet(name, path);
    return this.#find(name, view, start, end, offset, path, (header, attributePath, set) =>
      header === offset && set !== '' ? inSet(set, attributePath) : undefined,
    );
  }

  /** Returns the name of the attribute `type` of the set `name`. */
  attributeName(name: keyof Sets & string, type: number): string | undefined {
    return this.#set(name).byType[type]?.name;
  }

  /**
   * Returns the name of the set nested in the attribute `type` of the set `name`; `undefined` if there is
   * none.
   */
  nestedSet(name: keyof Sets & string, type: number): (keyof Sets & string) | undefined {
    const set = this.#set(name).byType[type]?.set;
    return set === undefined || set === '' ? undefined : (set as keyof Sets & string);
  }

  #set(name: string): AttributeEntries {
    const set = this.#sets.get(name);
    if (set === undefined) throw new TypeError(`no attribute set is called ${name}`);
    return set;
  }

  /**
   * Descends to the attribute that contains `offset`. Calls `describe` for it and then for the nests around
   * it, from the inside out, until it returns a path; its parameters are the offset of the header, the path,
   * and the name of the nested set (empty if there is none).
   */
  #find(
    name: string,
    view: ByteView,
    start: number,
    end: number,
    offset: number,
    path: string,
    describe: (header: number, path: string, set: string) => string | undefined,
  ): string | undefined {
    let found: string | undefined;
    const { byType } = this.#set(name);
    walkAttributes(view, start, end, path, (type, _raw, from, to) => {
      const header = from - ATTRIBUTE_HEADER_LENGTH;
      if (offset < header || offset >= to) return;
      const attribute = byType[type];
      const attributePath = joinPath(path, attribute?.name ?? `attribute ${type}`);
      const set = attribute?.set ?? '';
      const inside = offset >= from;
      if (inside && attribute?.shape === 'nest') {
        found = this.#find(set, view, from, to, offset, attributePath, describe);
      } else if (inside && (attribute?.shape === 'list' || attribute?.shape === 'indexed-array')) {
        let index = 0;
        walkAttributes(view, from, to, attributePath, (_type, _rawType, entryFrom, entryTo) => {
          const entry = `${attributePath}[${index++}]`;
          const entryHeader = entryFrom - ATTRIBUTE_HEADER_LENGTH;
          if (offset < entryHeader || offset >= entryTo) return;
          if (offset >= entryFrom && set !== '')
            found = this.#find(set, view, entryFrom, entryTo, offset, entry, describe);
          found ??= describe(entryHeader, entry, set);
        });
      }
      found ??= describe(header, attributePath, attribute?.shape === 'nest' ? set : '');
    });
    return found;
  }

  #decodeSet(name: string, view: ByteView, start: number, end: number, path: string): Values {
    const { byType } = this.#set(name);
    const values: Values = {};
    walkAttributes(view, start, end, path, (type, rawType, from, to) => {
      const attribute = byType[type];
      if (attribute === undefined) {
        const unknown = (values.unknown ??= []) as UnknownAttribute[];
        unknown.push({ type: rawType, bytes: view.bytes.slice(from, to) });
        return;
      }
      if (attribute.kind === 'padding') return;
      const value = this.#decodeAttribute(attribute, view, from, to, path);
      if (attribute.multi) ((values[attribute.name] ??= []) as unknown[]).push(value);
      else values[attribute.name] = value;
    });
    return values;
  }

  #decodeAttribute(
    attribute: AttributeEntry,
    view: ByteView,
    from: number,
    to: number,
    path: string,
  ): unknown {
    switch (attribute.shape) {
      case 'value':
        return readValue(attribute, view, from, to, path, attribute.name);
      case 'nest':
        return this.#decodeSet(attribute.set, view, from, to, joinPath(path, attribute.name));
      case 'packed':
        return readPacked(attribute, view, from, to, path);
      default: {
        const list = joinPath(path, attribute.name);
        const entries: unknown[] = [];
        walkAttributes(view, from, to, list, (_type, _raw, entryFrom, entryTo) => {
          entries.push(
            attribute.set === ''
              ? readValue(attribute, view, entryFrom, entryTo, path, `${attribute.name}[${entries.length}]`)
              : this.#decodeSet(attribute.set, view, entryFrom, entryTo, `${list}[${entries.length}]`),
          );
        });
        return entries;
      }
    }
  }

  #encodeSet(name: string, writer: MessageWriter, input: unknown, path: string): void {
    const values = objectOf(input, path);
    const { inOrder, byName } = this.#set(name);
    for (const key of Object.keys(values))
      if (!byName.has(key) && key !== 'unknown' && values[key] !== undefined)
        throw new FieldError(joinPath(path, key), values[key], `is not an attribute of ${name}`);
    for (const attribute of inOrder) {
      const value = values[attribute.name];
      if (value === undefined) continue;
      if (!attribute.multi) this.#encodeAttribute(attribute, writer, value, path, attribute.name);
      else
        for (const [index, entry] of listOf(value, joinPath(path, attribute.name)).entries())
          this.#encodeAttribute(attribute, writer, entry, path, `${attribute.name}[${index}]`);
    }
    if (values.unknown === undefined) return;
    for (const entry of listOf(values.unknown, joinPath(path, 'unknown'))) {
      const { type, bytes } = unknownAttribute(entry, joinPath(path, 'unknown'));
      const offset = writer.beginAttribute(type);
      writer.raw(bytes);
      writer.endAttribute(offset, joinPath(path, `attribute ${type & ATTRIBUTE_TYPE_MASK}`));
    }
  }

  #encodeAttribute(
    attribute: AttributeEntry,
    writer: MessageWriter,
    value: unknown,
    path: string,
    name: string,
  ): void {
    const { shape, type, set, codec } = attribute;
    if (shape === 'value') {
      writeValue(codec!, writer, type, value, path, name);
      return;
    }
    const attributePath = joinPath(path, name);
    if (shape === 'packed') {
      writePacked(attribute, writer, listOf(value, attributePath), path);
      return;
    }
    const offset = writer.beginAttribute(type | this.#nestedFlag);
    if (shape === 'nest') {
      this.#encodeSet(set, writer, value, attributePath);
    } else {
      for (const [index, entry] of listOf(value, attributePath).entries()) {
        const entryType = shape === 'indexed-array' ? index + 1 : 1;
        if (set === '') {
          writeValue(codec!, writer, entryType, entry, path, `${name}[${index}]`);
          continue;
        }
        const entryPath = `${attributePath}[${index}]`;
        const entryOffset = writer.beginAttribute(entryType | this.#nestedFlag);
        this.#encodeSet(set, writer, entry, entryPath);
        writer.endAttribute(entryOffset, entryPath);
      }
    }
    writer.endAttribute(offset, attributePath);
  }
}
