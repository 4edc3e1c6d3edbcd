/** Maximum length of a word that is compared, in characters: the time grows with the square of the length. */
const MAX_LENGTH = 40;

/**
 * Returns the name closest to a misspelt word: that with the fewest insertions, deletions, substitutions and
 * transpositions of letters. Undefined if none is close.
 */
export function closestName(word: string, names: Iterable<string>): string | undefined {
  if (word === '' || word.length > MAX_LENGTH) return undefined;
  let closest: string | undefined;
  // At most a third of the letters, plus one, may be wrong, and at least one letter must be right.
  let closestDistance = Math.min(1 + Math.floor(word.length / 3), word.length - 1) + 1;
  for (const name of names) {
    const distance = distanceBetween(word, name);
    if (distance >= closestDistance || distance === 0) continue;
    closestDistance = distance;
    closest = name;
  }
  return closest;
}

/**
 * Returns the end of an error message that suggests a name, such as `; did you mean wlc?`; empty if none is
 * close.
 */
export function didYouMean(word: string, names: Iterable<string>): string {
  const name = closestName(word, names);
  return name === undefined ? '' : `; did you mean ${name}?`;
}

/**
 * Returns the edit distance of two words, a transposition counting as one edit (optimal string alignment).
 */
function distanceBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, next[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      next.push(cost);
    }
    beforeLast = last;
    last = next;
  }
  return last[b.length]!;
}
