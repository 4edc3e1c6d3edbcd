import type { Random } from '../random.ts';
import type { InputFormat } from '../target.ts';
import { growBytes, mutateBytes } from './bytes.ts';
import { growNetlink, mutateNetlink } from './netlink.ts';
import { type MessageOrAttributes, readHeadAndAttributes, readMessages, write } from './netlink-tree.ts';
import { growText, mutateText } from './text.ts';

/** Maximum length of an input; longer ones are truncated. */
const MAX_LENGTH = 16384;

/** Makes new inputs of a format from others. */
export interface Mutator {
  /** Returns the input with a few random changes. `other` is another input, from which parts may be copied. */
  mutate(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array;
  /** Selects a part of the input, and returns the function that returns the input with this part `times` times. */
  grow(random: Random, input: Uint8Array): (times: number) => Uint8Array;
}

export function mutatorOf(format: InputFormat): Mutator {
  if (format.kind === 'bytes') return withSeveralChanges(mutateBytes, growBytes);
  if (format.kind === 'text') {
    const { dictionary } = format;
    const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    return withSeveralChanges(
      (random, input, other) => Buffer.from(mutateText(random, textOf(input), textOf(other), dictionary)),
      (random, input) => {
        const grown = growText(random, textOf(input));
        return (times) => Buffer.from(grown(times));
      },
    );
  }
  const read = (bytes: Uint8Array): MessageOrAttributes[] =>
    format.kind === 'messages' ? readMessages(bytes) : readHeadAndAttributes(bytes, format.headerLength);
  return withSeveralChanges(
    (random, input, other) => {
      if (random.oneIn(5)) return mutateBytes(random, input, other);
      const parts = read(input);
      mutateNetlink(random, parts, read(other));
      return write(parts);
    },
    (random, input) => (random.oneIn(4) ? growBytes(random, input) : growNetlink(random, read(input))),
  );
}

function withSeveralChanges(mutate: Mutator['mutate'], grow: Mutator['grow']): Mutator {
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
