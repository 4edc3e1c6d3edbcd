/** Compares two rows: negative, zero or positive. */
export type Compare = (row: number, other: number) => number;

/**
 * Returns the first `limit` rows in sorted order without sorting the others: a heap holds the first rows
 * found so far with the last of them on top, and most rows are compared with that one only.
 */
export function firstRows(rows: readonly number[], limit: number, compare: Compare): number[] {
  if (limit <= 0) return [];
  if (limit >= rows.length) return rows.toSorted(compare);
  const heap = rows.slice(0, limit);
  for (let at = (limit >> 1) - 1; at >= 0; at--) sink(heap, at, compare);
  for (let index = limit; index < rows.length; index++) {
    const row = rows[index]!;
    if (compare(row, heap[0]!) >= 0) continue;
    heap[0] = row;
    sink(heap, 0, compare);
  }
  return heap.sort(compare);
}

function sink(heap: number[], from: number, compare: Compare): void {
  const row = heap[from]!;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && compare(heap[child + 1]!, heap[child]!) > 0) child++;
    if (compare(heap[child]!, row) <= 0) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = row;
}
