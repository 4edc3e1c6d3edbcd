import { join } from 'node:path';
import {
  currentPackage,
  currentRelease,
  imagePackage,
  type KernelSeries,
  unpackedPackage,
} from './packages.ts';

/** A kernel that a guest can boot: a stock one or one that the lab built, possibly with some modules replaced. */
export interface KernelVariant {
  /** What reports and `--kernel` call it, such as `stock-6.1`. */
  readonly name: string;
  readonly series: KernelSeries;
  /**
   * Builds the kernel and its modules, to use in place of Debian's. It is called for each guest, so it should cache its
   * work.
   */
  readonly files?: (series: KernelSeries) => Promise<KernelFiles>;
  /** Memory that its guests need, in MiB; 2048 if left out. */
  readonly memory?: number;
  /** The suites that run on it unless others are asked for, by parts of their names; all if left out. */
  readonly suites?: readonly string[];
  /**
   * Makes the modules that replace stock ones of the same name: module name (`ip_vs`) to the path of a .ko file
   * built for exactly this release. It is called for each guest, so it should cache its work.
   */
  readonly replacements?: (kernel: KernelFiles) => Promise<ReadonlyMap<string, string>>;
}

/** The files of a kernel in the cache: a stock one, unpacked, or one that the lab built. */
export interface KernelFiles {
  readonly series: KernelSeries;
  /** What `uname -r` prints in the guest. */
  readonly release: string;
  /** Debian's version of the package, which headers and source must share. */
  readonly version: string;
  /** The bzImage to boot. */
  readonly imageFile: string;
  /** The folder with `kernel/`. */
  readonly modulesFolder: string;
  /** The folder with `modules.order`, `modules.builtin` and `modules.builtin.modinfo`. */
  readonly modulesLists: string;
  /** Of a kernel that the lab built: its whole source, and the folder that it was built in. */
  readonly built?: { readonly tree: string; readonly output: string };
}

/** The suites that run on every stock kernel. */
const commonSuites = [
  'batch',
  'client',
  'per-service-thread',
  'desired-state',
  'drain',
  'environment',
  'guest',
  'ipvsadm',
  'reconcile',
  'traffic',
];

/**
 * Debian's kernels as they are. The suite `command-line`, which compares the command with ipvsadm, takes as long as all
 * others together, so it runs on one of these kernels only; `fleet` and `systemd` run on none. A suite that is asked
 * for by name runs on any kernel.
 */
export const stockKernels: readonly KernelVariant[] = [
  { name: 'stock-7.x', series: '7.x', suites: [...commonSuites, 'import', 'watch'] },
  {
    name: 'stock-6.12',
    series: '6.12',
    suites: [...commonSuites, 'command-line', 'connections', 'metrics', 'top'],
  },
  {
    name: 'stock-6.1',
    series: '6.1',
    suites: [...commonSuites, 'reconciler-faults'],
  },
];

/** The stock kernel of a series, fetched into the cache when it is not there. Throws PackageNotOffered. */
export async function stockKernelFiles(series: KernelSeries): Promise<KernelFiles> {
  const release = await currentRelease(series);
  const debianPackage = await currentPackage(series, `${imagePackage(series)}-${release}`);
  const folder = await unpackedPackage(series, debianPackage);
  const common = { series, release, version: debianPackage.version };
  if (series !== '7.x') {
    const modules = join(folder, 'lib/modules', release);
    return {
      ...common,
      imageFile: join(folder, 'boot', `vmlinuz-${release}`),
      modulesFolder: modules,
      modulesLists: modules,
    };
  }
  const folderOf = async (part: string): Promise<string> => {
    const name = `linux-${part}-${release}`;
    const unpacked = await unpackedPackage(series, { name, version: debianPackage.version });
    return join(unpacked, 'usr/lib/modules', release);
  };
  return {
    ...common,
    imageFile: join(folder, 'usr/lib/modules', release, 'vmlinuz'),
    modulesFolder: await folderOf('modules'),
    modulesLists: await folderOf('base'),
  };
}
