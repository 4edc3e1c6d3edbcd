import type { Random } from '../random.ts';
import { mutateBytes } from './bytes.ts';
import { type Attribute, listsOf, type MessageOrAttributes, write } from './netlink-tree.ts';

const NESTED = 0x8000;
const NET_BYTE_ORDER = 0x4000;
/** Message types in use: netlink's own, nlctrl, links, addresses, routes and the first generic netlink families. */
const MESSAGE_TYPES: readonly number[] = [1, 2, 3, 4, 16, 18, 20, 24, 26, 27, 28];
const LENGTH_ERRORS: readonly number[] = [-8, -4, -3, -2, -1, 1, 2, 3, 4, 8, 100, 65535];

type Change = (random: Random, list: Attribute[], at: number, others: readonly MessageOrAttributes[]) => void;

const CHANGES: readonly Change[] = [
  (_, list, at) => list.splice(at, 1),
  (random, list, at) =>
    list.splice(random.below(list.length), 0, ...copied(list.slice(at, at + 1 + random.below(3)))),
  (random, list, at) => list.push(...list.splice(at, 1 + random.below(2))),
  (random, list, at, others) => list.splice(at, random.below(2), ...attributesFrom(random, others)),
  (random, list, at) => {
    list[at]!.type = random.oneIn(4) ? random.below(65536) : random.below(32);
  },
  (random, list, at) => {
    list[at]!.type ^= random.pick([NESTED, NET_BYTE_ORDER, 1]);
  },
  (random, list, at) => {
    list[at]!.lengthError = random.pick(LENGTH_ERRORS);
  },
  (random, list, at) => {
    list[at]!.value = [{ type: random.below(16), value: list[at]!.value, lengthError: 0 }];
  },
  (_, list, at) => {
    const { value } = list[at]!;
    if (Array.isArray(value)) list.splice(at, 1, ...value);
  },
  (random, list, at, others) => {
    const { value } = list[at]!;
    if (Array.isArray(value)) value.push(...attributesFrom(random, others));
    else list[at]!.value = mutateBytes(random, value, new Uint8Array(16));
  },
  (random, list, at) => {
    const { value } = list[at]!;
    if (!Array.isArray(value)) list[at]!.value = mutateBytes(random, value, value);
  },
];

/** Returns copies of a few random attributes of another input. */
function attributesFrom(random: Random, parts: readonly MessageOrAttributes[]): Attribute[] {
  const list = random.pick(listsOf(parts)) ?? [];
  if (list.length === 0) return [];
  const at = random.below(list.length);
  return copied(list.slice(at, at + 1 + random.below(2)));
}

/** Makes one random change to messages or attributes. `others` is another input, from which some may be copied. */
export function mutateNetlink(
  random: Random,
  parts: MessageOrAttributes[],
  others: readonly MessageOrAttributes[],
): void {
  if (parts.length === 0 || random.oneIn(6)) {
    mutateParts(random, parts, others);
    return;
  }
  const lists = listsOf(parts).filter((list) => list.length > 0);
  if (lists.length === 0) mutateParts(random, parts, others);
  else {
    const list = random.pick(lists);
    random.pick(CHANGES)(random, list, random.below(list.length), others);
  }
}

function mutateParts(
  random: Random,
  parts: MessageOrAttributes[],
  others: readonly MessageOrAttributes[],
): void {
  const at = random.below(parts.length + 1);
  const part = parts[at];
  const choice = random.below(6);
  if (part === undefined || choice === 0) {
    const from = random.below(others.length + 1);
    const taken = others.slice(from, from + 1 + random.below(2));
    if (part?.isMessage !== false) parts.splice(at, random.below(2), ...structuredClone(taken));
  } else if (choice === 1 && part.isMessage) parts.splice(at, 1);
  else if (choice === 2 && part.isMessage) parts.splice(random.below(parts.length), 0, structuredClone(part));
  else if (choice === 3) part.lengthError = random.pick(LENGTH_ERRORS);
  else if (choice === 4 && part.head.length >= 16) {
    const data = new DataView(part.head.buffer, part.head.byteOffset);
    if (random.oneIn(2)) data.setUint16(4, random.pick(MESSAGE_TYPES), true);
    else data.setUint16(6, data.getUint16(6, true) ^ (1 << random.below(11)), true);
  } else part.head = mutateBytes(random, part.head, part.head);
}

/** Selects a message or attribute, and returns the function that encodes the input with it `times` times. */
export function growNetlink(
  random: Random,
  parts: readonly MessageOrAttributes[],
): (times: number) => Uint8Array {
  const lists = listsOf(parts).filter((list) => list.length > 0);
  const messages = parts.filter(({ isMessage }) => isMessage);
  if (lists.length > 0 && (messages.length === 0 || random.oneIn(2))) {
    const list = random.pick(lists);
    const at = random.below(list.length);
    const before = [...list];
    return (times) => {
      const repeated = Array.from({ length: times }, () => before[at]!);
      list.splice(0, list.length, ...before.slice(0, at), ...repeated, ...before.slice(at + 1));
      return write(parts);
    };
  }
  const at = random.below(parts.length + 1);
  return (times) =>
    write([
      ...parts.slice(0, at),
      ...Array.from({ length: times }, () => parts[at] ?? []).flat(),
      ...parts.slice(at + 1),
    ]);
}

function copied(attributes: readonly Attribute[]): Attribute[] {
  return structuredClone(attributes) as Attribute[];
}
