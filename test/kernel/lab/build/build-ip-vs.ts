import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedFolder } from '../cache.ts';
import type { KernelFiles } from '../packages/kernels.ts';
import { runCommand } from '../process.ts';
import { moduleBuildPackages, requireTools } from '../tools.ts';
import { kernelHeaders } from './kernel-headers.ts';

/** The text of the build's Kbuild file: IPVS' own Makefile, and patched headers, if any, before the kernel's. */
function kbuild(hasPatchedHeaders: boolean): string {
  return [
    'include $(src)/Makefile',
    ...(hasPatchedHeaders ? ['NOSTDINC_FLAGS += -I$(src)/include -I$(src)/include/uapi'] : []),
    '',
  ].join('\n');
}

/**
 * Selects Debian 12's compiler. Newer kernels were built with a newer one, so an option that this one lacks is turned
 * off. BTF is off, too: it would need pahole and the BTF of the whole kernel.
 */
const makeVariables: readonly string[] = [
  'CC=gcc-12',
  'CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=',
  'CONFIG_DEBUG_INFO_BTF_MODULES=',
];

async function contentKey(kernel: KernelFiles, folder: string, kbuildText: string): Promise<string> {
  const hash = createHash('sha256').update(kernel.version).update(kbuildText);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort())
    hash.update(`\0${file.slice(folder.length)}\0`).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Compiles IPVS' modules from a folder of its sources, and copies them to another one, without debug information.
 *
 * @param kernelArgs make's arguments that name the kernel: `-C` and a folder of headers, or of a whole tree with its
 *   `O=`
 * @param targetFolder receives the .ko files
 */
export async function compileModules(
  kernelArgs: readonly string[],
  sourceFolder: string,
  targetFolder: string,
  variables: readonly string[],
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'ip_vs-build-'));
  try {
    await cp(sourceFolder, work, { recursive: true });
    await writeFile(join(work, 'Kbuild'), kbuild(existsSync(join(sourceFolder, 'include'))));
    await runCommand('make', ['-s', '-j2', ...kernelArgs, `M=${work}`, ...variables, 'modules']);
    for (const file of await modulesIn(work)) {
      await runCommand('strip', ['--strip-debug', join(work, file)]);
      await copyFile(join(work, file), join(targetFolder, file));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Builds IPVS' modules for a kernel of the lab from a folder of patched sources, and returns their paths by name: the
 * core, schedulers, persistence engine and FTP helper, as a change to IPVS' structures concerns them all.
 *
 * @param sourceFolder the complete net/netfilter/ipvs of the kernel, with its Makefile. An `include` folder in
 *   it (`include/net/ip_vs.h`) goes before the kernel's headers.
 *
 * The result is cached by the content of everything that goes in. Throws MissingPackages, PackageNotOffered, and
 * CommandFailure with the compiler's output.
 */
export async function buildIpVs(
  kernel: KernelFiles,
  sourceFolder: string,
): Promise<ReadonlyMap<string, string>> {
  const kbuildText = kbuild(existsSync(join(sourceFolder, 'include')));
  const key = await contentKey(kernel, sourceFolder, kbuildText);
  const built = await cachedFolder(`ip_vs/${kernel.release}-${key}`, async (folder) => {
    requireTools(moduleBuildPackages);
    const kernelArgs =
      kernel.built === undefined
        ? ['-C', await kernelHeaders(kernel)]
        : ['-C', kernel.built.tree, `O=${kernel.built.output}`];
    await compileModules(kernelArgs, sourceFolder, folder, makeVariables);
  });
  return new Map((await modulesIn(built)).map((file) => [file.slice(0, -'.ko'.length), join(built, file)]));
}

async function modulesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => file.endsWith('.ko')).sort();
}
