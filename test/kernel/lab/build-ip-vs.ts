import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from './cache.ts';
import { kernelHeaders } from './kernel-headers.ts';
import type { KernelImage } from './kernels.ts';
import { runCommand } from './process.ts';
import { cacheFolder } from './project.ts';
import { moduleBuildPackages, requireTools } from './tools.ts';

/** The build's own makefile: IPVS' makefile as it stands, of which only the core module is wanted. */
function kbuild(defines: readonly string[], ownHeaders: boolean): string {
  return [
    'include $(src)/Makefile',
    'obj-m := ip_vs.o',
    'obj-y :=',
    ...(ownHeaders ? ['NOSTDINC_FLAGS += -I$(src)/include -I$(src)/include/uapi'] : []),
    ...defines.map((define) => `ccflags-y += -D${define}`),
    '',
  ].join('\n');
}

async function contentKey(kernel: KernelImage, folder: string, recipe: string): Promise<string> {
  const hash = createHash('sha256').update(kernel.version).update(recipe);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort())
    hash.update(`\0${file.slice(folder.length)}\0`).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Builds ip_vs.ko for a stock kernel from a folder of changed sources, and returns the path of the module.
 *
 * @param sourceFolder what the kernel has as net/netfilter/ipvs, whole, with its Makefile. An `include` folder in
 *   it (`include/net/ip_vs.h`) goes before the kernel's headers. A change there that alters the types in exported
 *   functions changes their checksums, and then the stock schedulers no longer load.
 * @param defines preprocessor definitions, as `NAME` or `NAME=VALUE`.
 *
 * The result is cached by the content of everything that goes in. It has no debug information. Throws
 * MissingPackages, PackageNotOffered, and CommandFailure with the compiler's words.
 */
export async function buildIpVs(
  kernel: KernelImage,
  sourceFolder: string,
  defines: readonly string[] = [],
): Promise<string> {
  const recipe = kbuild([...defines].sort(), existsSync(join(sourceFolder, 'include')));
  const key = await contentKey(kernel, sourceFolder, recipe);
  const built = await cachedFolder(`ip_vs/${kernel.release}-${key}`, async (folder) => {
    requireTools(moduleBuildPackages);
    const headers = await kernelHeaders(kernel);
    const work = await mkdtemp(join(cacheFolder, 'build-'));
    try {
      await cp(sourceFolder, work, { recursive: true });
      await writeFile(join(work, 'Kbuild'), recipe);
      // Type information for BPF would need pahole and the whole kernel's.
      await runCommand('make', [
        '-s',
        '-j2',
        '-C',
        headers,
        `M=${work}`,
        'CONFIG_DEBUG_INFO_BTF_MODULES=',
        'modules',
      ]);
      await runCommand('strip', ['--strip-debug', join(work, 'ip_vs.ko')]);
      await rename(join(work, 'ip_vs.ko'), join(folder, 'ip_vs.ko'));
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
  return join(built, 'ip_vs.ko');
}
