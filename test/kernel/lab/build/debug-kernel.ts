import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cachedFolder } from '../cache.ts';
import { type KernelFiles, stockKernelFiles } from '../packages/kernels.ts';
import { type KernelSeries, unpackInto } from '../packages/packages.ts';
import { runCommand } from '../process.ts';
import { cacheFolder, projectFolder } from '../project.ts';
import { kernelBuildPackages, moduleBuildPackages, requireTools } from '../tools.ts';

/** Configuration options that are merged into those of `make tinyconfig`. */
const configFile: string = join(projectFolder, 'test/kernel/lab/build/debug.config');

/** The whole source of a stock kernel, Debian's patches included; fetched into the cache, not to be written to. */
async function sourceTree({ series, release, version }: KernelFiles): Promise<string> {
  const sourceName = `linux-source-${/^\d+\.\d+/.exec(release)?.[0]}`;
  return cachedFolder(`trees/${sourceName}_${version}`, async (folder) => {
    const unpacked = await mkdtemp(join(cacheFolder, 'source-'));
    try {
      await unpackInto(series, { name: sourceName, version }, unpacked);
      await runCommand('tar', ['-xJf', join(unpacked, 'usr/src', `${sourceName}.tar.xz`), '-C', unpacked]);
      for (const entry of await readdir(join(unpacked, sourceName)))
        await rename(join(unpacked, sourceName, entry), join(folder, entry));
    } finally {
      await rm(unpacked, { recursive: true, force: true });
    }
  });
}

/** Builds the kernel in `output` and puts its modules below `output/installed`. */
async function build(tree: string, output: string): Promise<void> {
  const make = async (...args: string[]): Promise<void> => {
    const jobs = `-j${availableParallelism()}`;
    await runCommand('make', [
      '-s',
      jobs,
      '-C',
      tree,
      `O=${output}`,
      'CC=gcc-12',
      'HOSTCC=gcc-12',
      'KBUILD_BUILD_TIMESTAMP=0',
      ...args,
    ]);
  };
  await make('tinyconfig');
  const config = join(output, '.config');
  await runCommand('bash', [
    join(tree, 'scripts/kconfig/merge_config.sh'),
    ...['-m', '-O', output, config, configFile],
  ]);
  await make('olddefconfig');
  await make('bzImage', 'modules');
  await make('INSTALL_MOD_STRIP=1', `INSTALL_MOD_PATH=${join(output, 'installed')}`, 'modules_install');
}

/**
 * A small kernel of a series with the kernel's debugging checks on (KASAN, lockdep, PROVE_RCU, kmemleak), built from
 * the source that Debian's is built from. It takes minutes the first time, and is cached by version and configuration.
 * Throws MissingPackages, PackageNotOffered, and CommandFailure with the compiler's output.
 */
export async function debugKernelFiles(series: KernelSeries): Promise<KernelFiles> {
  const stock = await stockKernelFiles(series);
  const config = await readFile(configFile);
  const key = createHash('sha256').update(stock.version).update(config).digest('hex').slice(0, 16);
  const name = `debug/${stock.version}-${key}`;
  const tree = await sourceTree(stock);
  const output = await cachedFolder(name, async (folder) => {
    requireTools(new Map([...moduleBuildPackages, ...kernelBuildPackages]));
    await build(tree, folder);
  });
  const [release] = await readdir(join(output, 'installed/lib/modules'));
  const modules = join(output, 'installed/lib/modules', release!);
  return {
    series,
    release: release!,
    version: `${stock.version}-${key}`,
    imageFile: join(output, 'arch/x86/boot/bzImage'),
    modulesFolder: modules,
    modulesLists: modules,
    built: { tree, output },
  };
}
