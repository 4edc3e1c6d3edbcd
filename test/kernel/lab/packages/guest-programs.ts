import { join } from 'node:path';
import { cachedFolder } from '../cache.ts';
import { currentPackage, type DebianPackage, unpackInto } from './packages.ts';

/** A program that a guest gets from a Debian package, which is unpacked into the cache and not installed. */
interface PackagedProgram {
  /** Where it lies in its package, and in the guest. */
  readonly path: string;
  /** Its package, and then those of libraries that this machine need not have. */
  readonly packages: readonly [string, ...string[]];
}

/** The programs that suites are compared or run with, by name. */
const packagedPrograms: Readonly<Record<string, PackagedProgram>> = {
  prometheus: { path: 'usr/bin/prometheus', packages: ['prometheus'] },
  promtool: { path: 'usr/bin/promtool', packages: ['prometheus'] },
  'prometheus-node-exporter': {
    path: 'usr/bin/prometheus-node-exporter',
    packages: ['prometheus-node-exporter'],
  },
  etcd: { path: 'usr/bin/etcd', packages: ['etcd-server'] },
  keepalived: {
    path: 'usr/sbin/keepalived',
    packages: [
      'keepalived',
      'libglib2.0-0',
      'libmnl0',
      'libnftnl11',
      'libnl-3-200',
      'libnl-genl-3-200',
      'libpci3',
      'libsensors5',
      'libsnmp40',
      'libwrap0',
    ],
  },
};

/** Names of programs that guests can get from packages. */
export type GuestProgram = keyof typeof packagedPrograms & string;

/** Programs that go into a guest, and the folders with libraries of theirs. */
export interface GuestPrograms {
  /** Files of this machine, by their paths in the guest. */
  readonly files: ReadonlyMap<string, string>;
  readonly libraries: readonly string[];
}

/** The machine's own release. */
const SERIES = '6.12';
const LIBRARIES = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'];

/** Fetches the packages of these programs into the cache. Throws PackageNotOffered. */
export async function guestPrograms(names: readonly GuestProgram[]): Promise<GuestPrograms> {
  const files = new Map<string, string>();
  const libraries: string[] = [];
  for (const name of names) {
    const { path, packages } = packagedPrograms[name]!;
    const folder = await unpackedTogether(packages);
    files.set(`/${path}`, join(folder, path));
    libraries.push(...LIBRARIES.map((library) => join(folder, library)));
  }
  return { files, libraries };
}

/** One folder with the files of all these packages, whose name has no colon, which the loader takes for an end. */
async function unpackedTogether(names: readonly string[]): Promise<string> {
  const packages = await Promise.all(names.map((name) => currentPackage(SERIES, name)));
  const [{ name, version }] = packages as [DebianPackage, ...DebianPackage[]];
  return await cachedFolder(`programs/${name}_${version.replaceAll(':', '%3a')}`, async (folder) => {
    for (const wanted of packages) await unpackInto(SERIES, wanted, folder);
  });
}
