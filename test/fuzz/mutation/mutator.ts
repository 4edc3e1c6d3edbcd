import type { Random } from '../random.ts';
import type { InputFormat } from '../target.ts';
import { growBytes, mutateBytes } from './bytes.ts';
import { growNetlink, mutateNetlink } from './netlink.ts';
import { type Part, readHeadedAttributes, readMessages, write } from './netlink-tree.ts';
import { growText, mutateText } from './text.ts';

/** Longer inputs are cut off. */
const MAX_LENGTH = 16384;

/** Makes inputs of a format out of others. */
export interface Mutator {
  /** A changed input; `other` is one to take parts from. */
  mutate(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array;
  /** The input with something in it that comes as often as it is told. */
  grow(random: Random, input: Uint8Array): (times: number) => Uint8Array;
}

export function mutatorOf(format: InputFormat): Mutator {
  if (format.kind === 'bytes') return manyTimes(mutateBytes, growBytes);
  if (format.kind === 'text') {
    const { words } = format;
    const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    return manyTimes(
      (random, input, other) => Buffer.from(mutateText(random, textOf(input), textOf(other), words)),
      (random, input) => {
        const grown = growText(random, textOf(input));
        return (times) => Buffer.from(grown(times));
      },
    );
  }
  const read = (bytes: Uint8Array): Part[] =>
    format.kind === 'messages' ? readMessages(bytes) : readHeadedAttributes(bytes, format.head);
  return manyTimes(
    (random, input, other) => {
      if (random.oneIn(5)) return mutateBytes(random, input, other);
      const parts = read(input);
      mutateNetlink(random, parts, read(other));
      return write(parts);
    },
    (random, input) => (random.oneIn(4) ? growBytes(random, input) : growNetlink(random, read(input))),
  );
}

function manyTimes(mutate: Mutator['mutate'], grow: Mutator['grow']): Mutator {
  return {
    mutate(random, input, other) {
      let changed = input;
      for (let changes = random.pick([1, 1, 2, 3, 8]); changes > 0; changes--)
        changed = mutate(random, changed, other).subarray(0, MAX_LENGTH);
      return changed;
    },
    grow,
  };
}
