/**
 * Returns the smallest input found that still fails: removes ever shorter runs of bytes, then replaces as many of the
 * remaining bytes as possible by `blank`. Stops at `deadline`, a time of `performance.now`.
 */
export async function minimise(
  input: Uint8Array,
  fails: (candidate: Uint8Array) => Promise<boolean>,
  deadline: number,
  blank = 0,
): Promise<Uint8Array> {
  let best = input;
  const isOver = (): boolean => performance.now() > deadline;
  for (let length = best.length >> 1; length > 0 && !isOver(); length >>= 1) {
    for (let at = 0; at < best.length && !isOver(); ) {
      const candidate = Uint8Array.from([...best.subarray(0, at), ...best.subarray(at + length)]);
      if (await fails(candidate)) best = candidate;
      else at += length;
    }
  }
  for (let at = 0; at < best.length && !isOver(); at++) {
    if (best[at] === blank) continue;
    const candidate = best.with(at, blank);
    if (await fails(candidate)) best = candidate;
  }
  return best;
}
