import type { Random } from '../random.ts';

/** Numbers that parsers tend to handle wrongly, as little-endian bytes. */
const NUMBERS: readonly (readonly number[])[] = [
  [0],
  [1],
  [0x7f],
  [0x80],
  [0xff],
  [0, 0],
  [3, 0],
  [4, 0],
  [0xff, 0x7f],
  [0, 0x80],
  [0xff, 0xff],
  [0, 0, 0, 0],
  [15, 0, 0, 0],
  [16, 0, 0, 0],
  [0, 0, 1, 0],
  [0xff, 0xff, 0xff, 0x7f],
  [0, 0, 0, 0x80],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
];

/** Returns the input with one random change. `other` is another input, from which bytes may be copied. */
export function mutateBytes(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array {
  const at = random.below(input.length + 1);
  const length = 1 + random.below(random.pick([1, 4, 16, 64]));
  const replace = (inserted: ArrayLike<number>, removed: number): Uint8Array =>
    joined([
      input.subarray(0, at),
      Uint8Array.from(inserted),
      input.subarray(Math.min(at + removed, input.length)),
    ]);
  switch (random.below(8)) {
    case 0:
      return replace([], length);
    case 1:
      return replace(input.subarray(at, at + length), 0);
    case 2:
      return input.slice(0, at);
    case 3: {
      const from = random.below(other.length + 1);
      return replace(other.subarray(from, from + 4 * length), random.oneIn(2) ? 4 * length : 0);
    }
    case 4: {
      const number = random.pick(NUMBERS);
      return replace(number, random.oneIn(4) ? 0 : number.length);
    }
    case 5:
      return replace([(input[at] ?? 0) ^ (1 << random.below(8))], 1);
    case 6:
      return replace([(input[at] ?? 0) + random.below(9) - 4], 1);
    default:
      return replace([random.below(256)], 1);
  }
}

/** Selects a run of bytes, and returns the function that returns the input with this run `times` times. */
export function growBytes(random: Random, input: Uint8Array): (times: number) => Uint8Array {
  const start = random.below(input.length + 1);
  const end = Math.min(input.length, start + 1 + random.below(random.pick([1, 8, 64, 512])));
  return (times) =>
    joined([
      input.subarray(0, start),
      ...Array.from({ length: times }, () => input.subarray(start, end)),
      input.subarray(end),
    ]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
