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

/** The build's own makefile: IPVS' makefile as it stands, its headers before the kernel's. */
function kbuild(ownHeaders: boolean): string {
  return [
    'include $(src)/Makefile',
    ...(ownHeaders ? ['NOSTDINC_FLAGS += -I$(src)/include -I$(src)/include/uapi'] : []),
    '',
  ].join('\n');
}

/**
 * Debian 12's compiler, though newer kernels were built with a newer one: without the option that it lacks. And
 * no type information for BPF, which would need pahole and the whole kernel's.
 */
const makeVariables: readonly string[] = [
  'CC=gcc-12',
  'CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=',
  'CONFIG_DEBUG_INFO_BTF_MODULES=',
];

async function contentKey(kernel: KernelImage, folder: string, recipe: string): Promise<string> {
  const hash = createHash('sha256').update(kernel.version).update(recipe);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort())
    hash.update(`\0${file.slice(folder.length)}\0`).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Builds IPVS' modules for a stock kernel from a folder of changed sources, and returns their paths by name: the
 * core, schedulers, persistence engine and FTP helper, as a change to IPVS' structures concerns them all.
 *
 * @param sourceFolder what the kernel has as net/netfilter/ipvs, whole, with its Makefile. An `include` folder in
 *   it (`include/net/ip_vs.h`) goes before the kernel's headers.
 *
 * The result is cached by the content of everything that goes in. It has no debug information. Throws
 * MissingPackages, PackageNotOffered, and CommandFailure with the compiler's words.
 */
export async function buildIpVs(
  kernel: KernelImage,
  sourceFolder: string,
): Promise<ReadonlyMap<string, string>> {
  const recipe = kbuild(existsSync(join(sourceFolder, 'include')));
  const key = await contentKey(kernel, sourceFolder, recipe);
  const built = await cachedFolder(`ip_vs/${kernel.release}-${key}`, async (folder) => {
    requireTools(moduleBuildPackages);
    const base =
      kernel.built === undefined
        ? ['-C', await kernelHeaders(kernel)]
        : ['-C', kernel.built.tree, `O=${kernel.built.output}`];
    const work = await mkdtemp(join(cacheFolder, 'build-'));
    try {
      await cp(sourceFolder, work, { recursive: true });
      await writeFile(join(work, 'Kbuild'), recipe);
      await runCommand('make', ['-s', '-j2', ...base, `M=${work}`, ...makeVariables, 'modules']);
      for (const file of await modulesIn(work)) {
        await runCommand('strip', ['--strip-debug', join(work, file)]);
        await rename(join(work, file), join(folder, file));
      }
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
  return new Map((await modulesIn(built)).map((file) => [file.slice(0, -'.ko'.length), join(built, file)]));
}

async function modulesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => file.endsWith('.ko')).sort();
}
