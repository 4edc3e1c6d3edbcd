import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { applyEdits } from './edits.ts';
import { type KernelPatch, kernelPatches, serviceTables } from './patches.ts';

const ctl = 'net/netfilter/ipvs/ip_vs_ctl.c';

/** A file of the kernel before and after one patch. */
interface PatchedFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** What one patch of the series changes. */
export interface AppliedPatch {
  readonly name: KernelPatch['name'];
  readonly files: readonly PatchedFile[];
}

/**
 * Applies the patches to a kernel's source in memory, each on top of the one before.
 *
 * @param tree root of a kernel's source; read only
 * @param names the patches wanted; all of them if left out
 * @throws Error when the tree already has the single dump, or when the anchor of an edit does not match exactly one
 *   line
 */
export function applyPatches(
  tree: string,
  names: readonly KernelPatch['name'][] = kernelPatches.map(({ name }) => name),
): AppliedPatch[] {
  const current = new Map<string, string>();
  const read = (path: string): string => {
    const text = current.get(path) ?? readFileSync(join(tree, path), 'utf8');
    current.set(path, text);
    return text;
  };
  if (read(ctl).includes('IPVS_CMD_GET_SERVICE_DEST')) throw new Error(`${tree} already has the single dump`);
  const tables = serviceTables(read(ctl));
  return kernelPatches
    .filter(({ name }) => names.includes(name))
    .map(({ name, edits }) => {
      const all = edits(tables);
      const files = [...new Set(all.map(({ file }) => file))].map((path) => {
        const before = read(path);
        const after = applyEdits(
          path,
          before,
          all.filter(({ file }) => file === path),
        );
        return { path, before, after };
      });
      for (const { path, after } of files) current.set(path, after);
      return { name, files };
    });
}

/**
 * Copies the kernel's IPVS (`net/netfilter/ipvs` and its two headers) and applies the patches to the copy.
 *
 * @param tree root of a kernel's source, left as it is
 * @param target receives the files of `net/netfilter/ipvs` directly and the headers in `include`; created if missing
 * @throws Error as applyPatches does; nothing is written then
 */
export function writePatchedCopy(tree: string, target: string, names?: readonly KernelPatch['name'][]): void {
  const patches = applyPatches(tree, names);
  mkdirSync(target, { recursive: true });
  cpSync(join(tree, 'net/netfilter/ipvs'), target, { recursive: true });
  const targetPath = (path: string): string => join(target, path.replace(/^net\/netfilter\/ipvs\//, ''));
  for (const path of ['include/net/ip_vs.h', 'include/uapi/linux/ip_vs.h']) {
    if (!existsSync(join(tree, path))) continue;
    mkdirSync(dirname(targetPath(path)), { recursive: true });
    cpSync(join(tree, path), targetPath(path));
  }
  for (const { files } of patches)
    for (const { path, after } of files) writeFileSync(targetPath(path), after);
}
