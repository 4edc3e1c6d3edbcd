import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from './cache.ts';
import type { KernelImage } from './kernels.ts';
import { PackageNotOffered, parsePackages, unpackInto } from './packages.ts';
import { runCommand } from './process.ts';

/**
 * The packages that building a module for a kernel takes: its headers, and of what they depend on the headers
 * of all flavours and the build scripts. `shown` is what `apt-cache show` prints for the headers at one version.
 */
export function headerPackages(shown: string, release: string): string[] {
  const depends = /^Depends: (.+)$/m.exec(shown)?.[1] ?? '';
  const names = depends.split(/\s*[,|]\s*/).map((alternative) => alternative.split(' ')[0]!);
  return [
    `linux-headers-${release}`,
    ...names.filter((name) => /^linux-(headers-.+-common|kbuild-.+)$/.test(name)),
  ];
}

/**
 * The folder to hand to `make -C` for building modules for this kernel; fetched into the cache when not there.
 *
 * Debian's headers include each other by their absolute place under /usr/src, where nothing gets installed here,
 * so the one line that does so is made relative. Throws PackageNotOffered.
 */
export async function kernelHeaders(kernel: KernelImage): Promise<string> {
  const root = await cachedFolder(`headers/${kernel.release}_${kernel.version}`, async (folder) => {
    const shown = await runCommand('apt-cache', [
      'show',
      `linux-headers-${kernel.release}=${kernel.version}`,
    ]).catch(() => '');
    if (parsePackages(shown).length === 0)
      throw new PackageNotOffered(`package linux-headers-${kernel.release} ${kernel.version}`);
    for (const name of headerPackages(shown, kernel.release))
      await unpackInto({ name, version: kernel.version }, folder);
    const sources = await readdir(join(folder, 'usr/src'));
    const shared = sources.find((name) => /^linux-headers-.+-common$/.test(name));
    await writeFile(
      join(folder, 'usr/src', `linux-headers-${kernel.release}`, 'Makefile'),
      `include $(dir $(lastword $(MAKEFILE_LIST)))../${shared}/Makefile\n`,
    );
  });
  return join(root, 'usr/src', `linux-headers-${kernel.release}`);
}
