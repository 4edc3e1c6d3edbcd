import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from '../cache.ts';
import { runCommand } from '../process.ts';
import { cacheFolder } from '../project.ts';
import { aptOptions } from './apt.ts';

/** The kernel series that the lab boots; `7.x` is the newest 7 that Debian has. */
export type KernelSeries = '6.1' | '6.12' | '7.x';

/** apt does not offer a package that the lab needs. */
class PackageNotOffered extends Error {
  override readonly name = 'PackageNotOffered';
  readonly code = 'LAB_PACKAGE_NOT_OFFERED';

  constructor(what: string) {
    super(
      `apt offers no ${what}. Run "apt-get update" on Debian 12 (bookworm) with its security archive; kernels from 7 on come from its mirror's trixie-backports.`,
    );
  }
}

/** A Debian package at one version. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
}

function numbersOf(release: string): readonly number[] {
  return (release.match(/\d+/g) ?? []).map(Number);
}

function compareReleases(left: string, right: string): number {
  const a = numbersOf(left);
  const b = numbersOf(right);
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The name of a kernel's image package, without the release at its end; from 7 on another package has the modules. */
export function imagePackage(series: KernelSeries): string {
  return series === '7.x' ? 'linux-binary' : 'linux-image';
}

/**
 * The newest release (as `uname -r` prints it) of a series among package names, or undefined.
 * Only the signed image with the cloud flavour counts; unsigned ones and debug symbols do not.
 */
export function newestRelease(names: Iterable<string>, series: KernelSeries): string | undefined {
  const numbers = series === '7.x' ? '7\\.\\d+' : series.replace('.', '\\.');
  const image = new RegExp(`^${imagePackage(series)}-(${numbers}\\.\\d[\\d.+a-z-]*-cloud-amd64)$`);
  let newest: string | undefined;
  for (const name of names) {
    const release = image.exec(name)?.[1];
    if (release !== undefined && (newest === undefined || compareReleases(release, newest) > 0))
      newest = release;
  }
  return newest;
}

/** The packages that `apt-cache show` lists, in its order. */
export function parsePackages(shown: string): DebianPackage[] {
  const packages: DebianPackage[] = [];
  for (const paragraph of shown.split(/\n\n+/)) {
    const name = /^Package: (.+)$/m.exec(paragraph)?.[1];
    const version = /^Version: (.+)$/m.exec(paragraph)?.[1];
    if (name !== undefined && version !== undefined) packages.push({ name, version });
  }
  return packages;
}

async function inCache(prefix: string): Promise<DebianPackage[]> {
  const entries = await readdir(join(cacheFolder, 'packages')).catch(() => []);
  return entries
    .map((entry) => /^([^_]+)_([^_]+?)$/.exec(entry))
    .filter((match) => match !== null && match[1]!.startsWith(prefix) && !match[2]!.includes('.unfinished-'))
    .map((match) => ({ name: match![1]!, version: match![2]! }));
}

/** What an apt-cache command prints for the Debian suite that has a series; an empty string when it fails. */
async function askApt(series: KernelSeries, ...args: string[]): Promise<string> {
  try {
    return await runCommand('apt-cache', [...(await aptOptions(series)), ...args]);
  } catch {
    return '';
  }
}

/**
 * The newest release of a series that apt offers, or else the newest one in the cache, so that a filled cache serves a
 * machine whose package lists are gone. Throws PackageNotOffered.
 */
export async function currentRelease(series: KernelSeries): Promise<string> {
  const prefix = `${imagePackage(series)}-${series === '7.x' ? '7' : series}.`;
  const offered = (await askApt(series, 'pkgnames', prefix)).split('\n');
  const release =
    newestRelease(offered, series) ??
    newestRelease(
      (await inCache(prefix)).map(({ name }) => name),
      series,
    );
  if (release === undefined) throw new PackageNotOffered(`package ${prefix}*-cloud-amd64`);
  return release;
}

/** The version of a package that apt would install, or else one in the cache. Throws PackageNotOffered. */
export async function currentPackage(series: KernelSeries, name: string): Promise<DebianPackage> {
  const shown = await askApt(series, 'show', '--no-all-versions', name);
  const found =
    parsePackages(shown)[0] ?? (await inCache(name)).filter((cached) => cached.name === name).at(-1);
  if (found === undefined) throw new PackageNotOffered(`package ${name}`);
  return found;
}

/** What `apt-cache show` prints for a package at one version. Throws PackageNotOffered. */
export async function describePackage(series: KernelSeries, wanted: DebianPackage): Promise<string> {
  const shown = await askApt(series, 'show', `${wanted.name}=${wanted.version}`);
  if (parsePackages(shown).length === 0)
    throw new PackageNotOffered(`package ${wanted.name} ${wanted.version}`);
  return shown;
}

/** Downloads a package at one version and unpacks it into a folder, without installing anything. */
export async function unpackInto(
  series: KernelSeries,
  { name, version }: DebianPackage,
  folder: string,
): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const download = await mkdtemp(join(cacheFolder, 'download-'));
  try {
    const apt = await aptOptions(series);
    await runCommand('apt-get', [...apt, 'download', '--quiet', `${name}=${version}`], { cwd: download });
    for (const file of await readdir(download))
      await runCommand('dpkg', ['-x', join(download, file), folder]);
  } finally {
    await rm(download, { recursive: true, force: true });
  }
}

/** The folder that holds a package's unpacked files; downloaded into the cache if it is not there yet. */
export async function unpackedPackage(series: KernelSeries, wanted: DebianPackage): Promise<string> {
  return cachedFolder(`packages/${wanted.name}_${wanted.version}`, (folder) =>
    unpackInto(series, wanted, folder),
  );
}
