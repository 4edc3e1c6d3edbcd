import { join } from 'node:path';
import { cachedFolder } from '../cache.ts';
import { currentPackage, type DebianPackage, unpackInto } from './packages.ts';

/** A program that a guest gets from a Debian package, which is unpacked into the cache and not installed. */
interface PackagedProgram {
  /** Its path in its package, and in the guest. */
  readonly path: string;
  /** Its package, then packages of libraries that may not be installed on this machine. */
  readonly packages: readonly [string, ...string[]];
  /** Other files of these packages that it needs; they have the same paths in the guest. */
  readonly files?: readonly string[];
}

/** The packages of systemd: its programs share one folder. */
const SYSTEMD = [
  'systemd',
  'libsystemd-shared',
  'libapparmor1',
  'libip4tc2',
  'libkmod2',
  'libseccomp2',
  'libssl3',
] as const;
/** The units of a small machine with a journal. */
const SYSTEMD_UNITS = [
  'basic.target',
  'local-fs.target',
  'local-fs-pre.target',
  'multi-user.target',
  'network.target',
  'network-online.target',
  'paths.target',
  'shutdown.target',
  'slices.target',
  'sockets.target',
  'sockets.target.wants/systemd-journald-dev-log.socket',
  'sockets.target.wants/systemd-journald.socket',
  'sysinit.target',
  'sysinit.target.wants/systemd-journald.service',
  'systemd-journald.service',
  'systemd-journald.socket',
  'systemd-journald-dev-log.socket',
  'timers.target',
  'umount.target',
];

/** The programs that suites run or compare ours with, by name. */
const packagedPrograms: Readonly<Record<string, PackagedProgram>> = {
  prometheus: { path: 'usr/bin/prometheus', packages: ['prometheus'] },
  promtool: { path: 'usr/bin/promtool', packages: ['prometheus'] },
  'prometheus-node-exporter': {
    path: 'usr/bin/prometheus-node-exporter',
    packages: ['prometheus-node-exporter'],
  },
  tmux: {
    path: 'usr/bin/tmux',
    packages: ['tmux', 'libevent-core-2.1-7', 'libutempter0', 'ncurses-base', 'libc-bin'],
    // The terminfo entry of the terminal that it emulates, and a UTF-8 locale, without which it does not start.
    files: ['lib/terminfo/s/screen', 'usr/lib/locale/C.utf8/LC_CTYPE'],
  },
  systemd: {
    path: 'lib/systemd/systemd',
    packages: SYSTEMD,
    files: SYSTEMD_UNITS.map((unit) => `lib/systemd/system/${unit}`),
  },
  'systemd-journald': { path: 'lib/systemd/systemd-journald', packages: SYSTEMD },
  'systemd-analyze': { path: 'usr/bin/systemd-analyze', packages: SYSTEMD },
  systemctl: { path: 'bin/systemctl', packages: SYSTEMD },
  journalctl: { path: 'bin/journalctl', packages: SYSTEMD },
  unshare: { path: 'usr/bin/unshare', packages: ['util-linux'] },
  nsenter: { path: 'usr/bin/nsenter', packages: ['util-linux'] },
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

/** Programs that go into a guest, with their other files and their libraries. */
export interface GuestPrograms {
  /** The programs: files of this machine, by their paths in the guest. */
  readonly programs: ReadonlyMap<string, string>;
  /** Other files, likewise. */
  readonly files: ReadonlyMap<string, string>;
  /** Folders of this machine with the libraries of the programs. */
  readonly libraryFolders: readonly string[];
}

/** A kernel series for which apt reads the machine's own package lists. */
const SERIES = '6.12';
const LIBRARY_FOLDERS = [
  'usr/lib/x86_64-linux-gnu',
  'lib/x86_64-linux-gnu',
  'usr/lib/x86_64-linux-gnu/systemd',
];

/** Fetches the packages of these programs into the cache. Throws PackageNotOffered. */
export async function guestPrograms(names: readonly GuestProgram[]): Promise<GuestPrograms> {
  const programs = new Map<string, string>();
  const files = new Map<string, string>();
  const libraryFolders: string[] = [];
  for (const name of names) {
    const { path, packages, files: others = [] } = packagedPrograms[name]!;
    const folder = await unpackedTogether(packages);
    programs.set(`/${path}`, join(folder, path));
    for (const file of others) files.set(`/${file}`, join(folder, file));
    libraryFolders.push(...LIBRARY_FOLDERS.map((libraryFolder) => join(folder, libraryFolder)));
  }
  return { programs, files, libraryFolders };
}

/** One folder with the files of all these packages. Its name has no colon, which separates paths in LD_LIBRARY_PATH. */
async function unpackedTogether(names: readonly string[]): Promise<string> {
  const packages = await Promise.all(names.map((name) => currentPackage(SERIES, name)));
  const [{ name, version }] = packages as [DebianPackage, ...DebianPackage[]];
  return await cachedFolder(`programs/${name}_${version.replaceAll(':', '%3a')}`, async (folder) => {
    for (const wanted of packages) await unpackInto(SERIES, wanted, folder);
  });
}
