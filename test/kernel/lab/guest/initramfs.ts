import { realpathSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { GuestPrograms } from '../packages/guest-programs.ts';
import { runCommand } from '../process.ts';
import { projectFolder } from '../project.ts';
import { type ArchiveMember, writeCpio } from './cpio.ts';
import { guestProjectFolder, initScript } from './init.ts';
import { sharedLibraries } from './libraries.ts';
import { projectFiles } from './project-files.ts';

/** Programs of the host that the guest gets, each with the paths where scripts look for it. */
const programs: ReadonlyMap<string, readonly string[]> = new Map([
  ['bash', ['/bin/bash', '/usr/bin/bash']],
  ['ip', ['/sbin/ip', '/bin/ip', '/usr/bin/ip', '/usr/sbin/ip']],
  ['ipvsadm', ['/sbin/ipvsadm', '/usr/sbin/ipvsadm']],
  ['tcpdump', ['/usr/bin/tcpdump']],
  ['ipvs-list', ['/usr/bin/ipvs-list']],
]);

/** Configuration files that the guest's programs read. */
const etcFiles: ReadonlyMap<string, string> = new Map([
  ['/etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n'],
  ['/etc/group', 'root:x:0:\n'],
  ['/etc/hosts', '127.0.0.1 localhost\n::1 localhost\n'],
  ['/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n'],
  ['/etc/protocols', 'ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\nipv6-icmp 58 IPv6-ICMP\nsctp 132 SCTP\n'],
  [
    '/etc/services',
    'ftp 21/tcp\nssh 22/tcp\nsmtp 25/tcp\ndomain 53/tcp\ndomain 53/udp\nhttp 80/tcp www\nhttps 443/tcp\n',
  ],
]);

/** Where the guest's loader looks for libraries of unpacked packages. */
const LIBRARY_FOLDER = '/usr/lib/x86_64-linux-gnu';

/** What goes into a guest's first root file system. */
export interface GuestContent {
  /** Paths of the host's programs by name, as requireTools returns them. */
  readonly tools: ReadonlyMap<string, string>;
  /** A folder with `lib/modules`, as moduleTree makes it. */
  readonly modules: string;
  /** Whether the built project, its packages and the Node binary that runs this come along. */
  readonly project: boolean;
  /** The script that bash runs in the guest. */
  readonly command: string;
  /** Programs of packages that are not installed here. */
  readonly programs: GuestPrograms;
  /** More files, by absolute path in the guest. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

async function addProject(members: Map<string, ArchiveMember>, binaries: string[]): Promise<void> {
  const node = realpathSync(process.execPath);
  members.set('/usr/bin/node', { kind: 'file', source: node });
  binaries.push(node);
  for (const path of await projectFiles()) {
    const source = join(projectFolder, path);
    members.set(join(guestProjectFolder, path), { kind: 'file', source });
    if (path.endsWith('.node')) binaries.push(source);
  }
}

/** Writes the archive that the kernel unpacks as the guest's root file system. */
export async function writeInitramfs(file: string, content: GuestContent): Promise<void> {
  const members = new Map<string, ArchiveMember>();
  for (const folder of ['/dev', '/proc', '/sys', '/etc', guestProjectFolder])
    members.set(folder, { kind: 'folder' });
  const busybox = content.tools.get('busybox')!;
  members.set('/bin/busybox', { kind: 'file', source: realpathSync(busybox) });
  for (const applet of (await runCommand(busybox, ['--list-full'])).trim().split('\n'))
    if (applet !== 'bin/busybox') members.set(`/${applet}`, { kind: 'link', target: '/bin/busybox' });
  const binaries: string[] = [];
  for (const [name, paths] of programs) {
    const source = realpathSync(content.tools.get(name)!);
    binaries.push(source);
    const [first, ...others] = paths;
    members.set(first!, { kind: 'file', source });
    for (const path of others) members.set(path, { kind: 'link', target: first! });
  }
  if (content.project) await addProject(members, binaries);
  const { programs: packaged, files, libraryFolders } = content.programs;
  for (const [path, source] of [...packaged, ...files]) members.set(path, { kind: 'file', source });
  binaries.push(...packaged.values());
  for (const library of await sharedLibraries(binaries, libraryFolders)) {
    const unpacked = libraryFolders.some((folder) => library.startsWith(folder));
    members.set(unpacked ? join(LIBRARY_FOLDER, basename(library)) : library, {
      kind: 'file',
      source: realpathSync(library),
    });
  }
  for (const path of await readdir(content.modules, { recursive: true, withFileTypes: true })) {
    if (!path.isFile()) continue;
    const source = join(path.parentPath, path.name);
    members.set(source.slice(content.modules.length), { kind: 'file', source });
  }
  for (const [path, text] of etcFiles) members.set(path, { kind: 'content', content: text, mode: 0o644 });
  members.set('/init', { kind: 'content', content: initScript, mode: 0o755 });
  members.set('/lab/command', { kind: 'content', content: content.command, mode: 0o755 });
  for (const [path, bytes] of content.files)
    members.set(path, { kind: 'content', content: bytes, mode: 0o755 });
  await writeCpio(file, members);
}
