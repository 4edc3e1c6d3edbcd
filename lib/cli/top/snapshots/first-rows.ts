/** Compares the rows at two indices: negative, zero or positive. */
export type Compare = (index: number, other: number) => number;

/**
 * Returns the indices of the first `limit` rows in sorted order without sorting the others: a heap holds the
 * first rows found so far with the last of them on top, and most rows are compared with that one only.
 */
export function firstRows(indices: readonly number[], limit: number, compare: Compare): number[] {
  if (limit <= 0) return [];
  if (limit >= indices.length) return indices.toSorted(compare);
  const heap = indices.slice(0, limit);
  for (let at = (limit >> 1) - 1; at >= 0; at--) sink(heap, at, compare);
  for (let at = limit; at < indices.length; at++) {
    const index = indices[at]!;
    if (compare(index, heap[0]!) >= 0) continue;
    heap[0] = index;
    sink(heap, 0, compare);
  }
  return heap.sort(compare);
}

function sink(heap: number[], from: number, compare: Compare): void {
  const index = heap[from]!;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && compare(heap[child + 1]!, heap[child]!) > 0) child++;
    if (compare(heap[child]!, index) <= 0) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = index;
}
