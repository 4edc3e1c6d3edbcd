import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from '../cache.ts';
import type { KernelFiles } from '../packages/kernels.ts';
import { unpackInto } from '../packages/packages.ts';
import { runCommand } from '../process.ts';
import { cacheFolder } from '../project.ts';

/** Paths of IPVS' sources in the kernel's tree. */
export const ipVsPaths: readonly string[] = [
  'net/netfilter/ipvs',
  'include/net/ip_vs.h',
  'include/uapi/linux/ip_vs.h',
];

/**
 * A folder with the sources of IPVS that this kernel was built from, Debian's patches included: `net/netfilter/ipvs`,
 * `include/net/ip_vs.h` and `include/uapi/linux/ip_vs.h`: the tree of a kernel that the lab built, or else Debian's
 * package, fetched into the cache. Not to be written to.
 */
export async function ipVsSource(kernel: KernelFiles): Promise<string> {
  if (kernel.built !== undefined) return kernel.built.tree;
  const sourceName = `linux-source-${/^\d+\.\d+/.exec(kernel.release)?.[0]}`;
  return cachedFolder(`source/${sourceName}_${kernel.version}`, async (folder) => {
    const unpacked = await mkdtemp(join(cacheFolder, 'source-'));
    try {
      await unpackInto(kernel.series, { name: sourceName, version: kernel.version }, unpacked);
      const archive = join(unpacked, 'usr/src', `${sourceName}.tar.xz`);
      await runCommand('tar', [
        '-xJf',
        archive,
        '-C',
        unpacked,
        ...ipVsPaths.map((path) => `${sourceName}/${path}`),
      ]);
      for (const entry of await readdir(join(unpacked, sourceName)))
        await rename(join(unpacked, sourceName, entry), join(folder, entry));
    } finally {
      await rm(unpacked, { recursive: true, force: true });
    }
  });
}
