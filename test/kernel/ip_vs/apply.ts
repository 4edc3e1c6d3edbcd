import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../lab/project.ts';
import { type InsertionPoint, insertionPoints, singleDumpFile } from './insertion-points.ts';

/** How the changed kernel answers the single dump. */
export interface SingleDumpOptions {
  /** Set NLM_F_DUMP_INTR on a dump during which services or destinations changed; default true. */
  readonly interruptMark?: boolean;
  /** `nested` (default): destinations inside their service; `flat`: as messages behind it. */
  readonly form?: 'nested' | 'flat';
}

/** The C preprocessor's names that stand for some options; none for the default. */
export function cDefines(options: SingleDumpOptions): string[] {
  const defines: string[] = [];
  if (options.interruptMark === false) defines.push('IPVS_SINGLE_DUMP_NO_INTR');
  if (options.form === 'flat') defines.push('IPVS_SINGLE_DUMP_FLAT');
  return defines;
}

/**
 * Puts lines into one source file, all anchors being sought in the file as it was given.
 *
 * @throws Error that names the file and the anchor when an anchor matches no line or more than one
 */
export function insertLines(source: string, points: readonly InsertionPoint[]): string {
  const lines = source.split('\n');
  const before = new Map<number, string[]>();
  const after = new Map<number, string[]>();
  const replaced = new Set<number>();
  for (const { file, anchor, place, lines: ours } of points) {
    const found = lines.flatMap((line, index) => (anchor.test(line) ? [index] : []));
    const [index] = found;
    if (index === undefined) throw new Error(`${file}: no line matches ${anchor}`);
    if (found.length > 1) {
      const where = found.map((each) => each + 1).join(', ');
      throw new Error(`${file}: ${anchor} matches ${found.length} lines (${where}) instead of one`);
    }
    if (place === 'instead') {
      if (replaced.has(index)) throw new Error(`${file}: line ${index + 1} is replaced twice`);
      replaced.add(index);
    }
    const side = place === 'after' ? after : before;
    side.set(index, [...(side.get(index) ?? []), ...ours]);
  }
  return lines
    .flatMap((line, index) => [
      ...(before.get(index) ?? []),
      ...(replaced.has(index) ? [] : [line]),
      ...(after.get(index) ?? []),
    ])
    .join('\n');
}

/**
 * Copies the kernel's `net/netfilter/ipvs` and adds the single dump to the copy.
 *
 * @param kernelSourceFolder root of an unpacked kernel source (6.1 or 6.12), left as it is
 * @param targetFolder receives the changed `net/netfilter/ipvs` files directly; made when missing
 * @throws Error when the source is not one that every insertion point fits exactly once
 */
export function applyChange(
  kernelSourceFolder: string,
  targetFolder: string,
  options: SingleDumpOptions = {},
): void {
  const source = join(kernelSourceFolder, 'net/netfilter/ipvs');
  if (existsSync(join(source, singleDumpFile))) throw new Error(`${source} already has the single dump`);
  const points = insertionPoints(cDefines(options));
  const changed = new Map<string, string>();
  for (const file of new Set(points.map((point) => point.file))) {
    const ours = points.filter((point) => point.file === file);
    changed.set(file, insertLines(readFileSync(join(source, file), 'utf8'), ours));
  }
  mkdirSync(targetFolder, { recursive: true });
  cpSync(source, targetFolder, { recursive: true });
  for (const [file, text] of changed) writeFileSync(join(targetFolder, file), text);
  // The compiler moves this module, but not the C file beside it.
  cpSync(join(projectFolder, 'test/kernel/ip_vs', singleDumpFile), join(targetFolder, singleDumpFile));
}
