/** Says which of two rows comes first: negative, zero or positive. */
export type Compare = (row: number, other: number) => number;

/**
 * The first `limit` of some rows in an order, sorted. The others are not: a heap holds the first ones that
 * were met, the last of them on top, and most rows are compared with that one alone.
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
