import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs the lab runs or puts into the guest, each with the Debian package that has it. */
export const toolPackages: ReadonlyMap<string, string> = new Map([
  ['qemu-system-x86_64', 'qemu-system-x86'],
  ['busybox', 'busybox-static'],
  ['depmod', 'kmod'],
  ['xz', 'xz-utils'],
  ['tar', 'tar'],
  ['ldd', 'libc-bin'],
  ['apt-get', 'apt'],
  ['dpkg', 'dpkg'],
  ['bash', 'bash'],
  ['ip', 'iproute2'],
  ['ipvsadm', 'ipvsadm'],
  ['tcpdump', 'tcpdump'],
]);

/** Programs that building a kernel module needs in addition, each with the Debian package that has it. */
export const moduleBuildPackages: ReadonlyMap<string, string> = new Map([
  ['make', 'make'],
  ['gcc-12', 'gcc-12'],
  ['ld', 'binutils'],
  ['strip', 'binutils'],
]);

/** Programs that building a whole kernel needs in addition, each with the Debian package that has it. */
export const kernelBuildPackages: ReadonlyMap<string, string> = new Map([
  ['flex', 'flex'],
  ['bison', 'bison'],
  ['bc', 'bc'],
  ['perl', 'perl'],
]);

/** Programs of the host are missing: `packages` names the Debian packages to install. */
export class MissingPackages extends Error {
  override readonly name = 'MissingPackages';
  readonly code = 'LAB_MISSING_PACKAGES';
  readonly packages: readonly string[];

  constructor(missing: ReadonlyMap<string, string>) {
    const packages = [...new Set(missing.values())].sort();
    const list = [...missing].map(([tool, name]) => `  ${tool} (package ${name})`).join('\n');
    super(
      `the lab needs programs that are not installed:\n${list}\n` +
        `Install them with:\n  apt-get install --no-install-recommends ${packages.join(' ')}`,
    );
    this.packages = packages;
  }
}

/** Where programs are looked for: PATH, and the sbin folders that users other than root often lack there. */
export function toolFolders(path: string = process.env.PATH ?? ''): string[] {
  return [...path.split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'].filter(
    (folder) => folder !== '',
  );
}

function findTool(tool: string, path: string): string | undefined {
  return toolFolders(path)
    .map((folder) => join(folder, tool))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The paths of all these programs, by name; throws MissingPackages that names every one that is not there. */
export function requireTools(
  tools: ReadonlyMap<string, string>,
  path: string = process.env.PATH ?? '',
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const missing = new Map<string, string>();
  for (const [tool, name] of tools) {
    const file = findTool(tool, path);
    if (file === undefined) missing.set(tool, name);
    else found.set(tool, file);
  }
  if (missing.size > 0) throw new MissingPackages(missing);
  return found;
}
