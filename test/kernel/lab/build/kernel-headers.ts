import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { cachedFolder } from '../cache.ts';
import type { KernelFiles } from '../packages/kernels.ts';
import { currentPackage, describePackage, type KernelSeries, unpackInto } from '../packages/packages.ts';

/**
 * The packages that are needed to build a module for a kernel: its headers, and those of their dependencies that hold
 * the headers common to all flavours and the build scripts. `shown` is what `apt-cache show` prints for the headers at
 * one version.
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
 * Debian's makefile for modules, with its paths under /usr/src made relative to the makefile: headers are not
 * installed here.
 */
export function relativeMakefile(text: string): string {
  return `sources := $(dir $(lastword $(MAKEFILE_LIST)))..\n${text.replaceAll('/usr/src/', '$(sources)/')}`;
}

/**
 * Makes the build programs of a newer Debian release run here: replaces each by a script that runs it with the C
 * library it was linked against, which is unpacked beside it.
 *
 * @param folder holds the unpacked packages
 */
async function wrapBuildPrograms(series: KernelSeries, folder: string): Promise<void> {
  await unpackInto(series, await currentPackage(series, 'libc6'), join(folder, 'libc6'));
  const [kbuild] = (await readdir(join(folder, 'usr/lib'))).filter((name) =>
    name.startsWith('linux-kbuild-'),
  );
  // Debian's programs choose one of these by the architecture.
  for (const path of ['tools/objtool/objtool.real-x86', 'scripts/mod/modpost.real-lsb-64']) {
    const program = join(folder, 'usr/lib', kbuild!, path);
    await rename(program, `${program}.original`);
    const up = relative(dirname(program), folder);
    const script = `#!/bin/sh
here=$(dirname "$0")
libraries=$here/${up}/libc6/usr/lib/x86_64-linux-gnu
exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:/usr/lib/x86_64-linux-gnu:/lib/x86_64-linux-gnu" "$0.original" "$@"
`;
    await writeFile(program, script, { mode: 0o755 });
  }
}

/**
 * The folder to hand to `make -C` for building modules for this kernel; fetched into the cache when not there.
 * Throws PackageNotOffered.
 */
export async function kernelHeaders(kernel: KernelFiles): Promise<string> {
  const root = await cachedFolder(`headers/${kernel.release}_${kernel.version}`, async (folder) => {
    const { series, release, version } = kernel;
    const shown = await describePackage(series, { name: `linux-headers-${release}`, version });
    for (const name of headerPackages(shown, release)) await unpackInto(series, { name, version }, folder);
    const makefile = join(folder, 'usr/src', `linux-headers-${release}`, 'Makefile');
    await writeFile(makefile, relativeMakefile(await readFile(makefile, 'utf8')));
    if (series === '7.x') await wrapBuildPrograms(series, folder);
  });
  return join(root, 'usr/src', `linux-headers-${kernel.release}`);
}
