/** One edit of a file of the kernel's source: lines that are inserted beside a line, the anchor, or that replace it. */
export interface Edit {
  /** Path inside the kernel's tree. */
  readonly file: string;
  /**
   * Matches the one line that begins the function or list in which the anchor is sought; it ends at the next
   * line that is a closing brace. The whole file if left out.
   */
  readonly within?: RegExp;
  /** Matches exactly one line there, without its line end. */
  readonly anchor: RegExp;
  /** Whether the lines are inserted before the anchor, after it, or in its place. */
  readonly place: 'before' | 'after' | 'instead';
  /** How many lines are replaced, from the anchor on; 1 if left out. */
  readonly span?: number;
  /** The lines to insert, without line ends; or a function that makes them from the anchor. */
  readonly lines: readonly string[] | ((line: string) => readonly string[]);
}

interface Region {
  readonly start: number;
  readonly end: number;
}

/** The index of the only line in a region that matches. Throws Error that names the file and the anchor. */
function onlyMatch(file: string, lines: readonly string[], anchor: RegExp, { start, end }: Region): number {
  const matches: number[] = [];
  for (let at = start; at < end; at++) if (anchor.test(lines[at]!)) matches.push(at);
  if (matches.length === 1) return matches[0]!;
  if (matches.length === 0) throw new Error(`${file}: no line matches ${anchor}`);
  const where = matches.map((each) => each + 1).join(', ');
  throw new Error(`${file}: ${anchor} matches ${matches.length} lines (${where}) instead of one`);
}

function regionOf(file: string, lines: readonly string[], within: RegExp | undefined): Region {
  const whole = { start: 0, end: lines.length };
  if (within === undefined) return whole;
  const start = onlyMatch(file, lines, within, whole);
  const end = lines.findIndex((line, at) => at > start && /^\};?$/.test(line));
  if (end === -1) throw new Error(`${file}: nothing closes what ${within} begins`);
  return { start, end: end + 1 };
}

/**
 * Applies edits to the text of one file. Anchors are sought in the original text, never in inserted lines.
 *
 * @throws Error that names the file and the anchor when an anchor matches no line or more than one, or when a
 *   line is replaced twice
 */
export function applyEdits(file: string, source: string, edits: readonly Edit[]): string {
  const lines = source.split('\n');
  const before = new Map<number, string[]>();
  const after = new Map<number, string[]>();
  const replaced = new Set<number>();
  for (const { within, anchor, place, span = 1, lines: newLines } of edits) {
    const index = onlyMatch(file, lines, anchor, regionOf(file, lines, within));
    if (place === 'instead') {
      for (let line = index; line < index + span; line++) {
        if (replaced.has(line)) throw new Error(`${file}: line ${line + 1} is replaced twice`);
        replaced.add(line);
      }
    }
    const side = place === 'after' ? after : before;
    const inserted = typeof newLines === 'function' ? newLines(lines[index]!) : newLines;
    side.set(index, [...(side.get(index) ?? []), ...inserted]);
  }
  return lines
    .flatMap((line, index) => [
      ...(before.get(index) ?? []),
      ...(replaced.has(index) ? [] : [line]),
      ...(after.get(index) ?? []),
    ])
    .join('\n');
}
