/**
 * `npm run kernel:modules`: builds IPVS' modules with the single dump for the Debian kernel that runs here, from its
 * installed headers and source, and says how to load them and what that risks. It loads nothing by itself.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writePatchedCopy } from './ip_vs/apply.ts';
import { compileModules } from './lab/build/build-ip-vs.ts';
import { ipVsPaths } from './lab/build/ip-vs-source.ts';
import { runCommand } from './lab/process.ts';

const kernelRelease: string = release();
const series: string = /^\d+\.\d+/.exec(kernelRelease)?.[0] ?? '';

const usage = `Usage: npm run kernel:modules -- [options]
Builds IPVS' modules with the single dump (GET_SERVICE_DEST) for the Debian kernel that runs here.

  --headers FOLDER  the kernel's headers (/lib/modules/${kernelRelease}/build)
  --source PLACE    its source: the archive of linux-source-${series}, or a tree (/usr/src/linux-source-${series}.tar.xz)
  --out FOLDER      where to put the modules (modules)
  --help            this text
`;

const { values: options } = parseArgs({
  options: {
    headers: { type: 'string', default: `/lib/modules/${kernelRelease}/build` },
    source: { type: 'string', default: `/usr/src/linux-source-${series}.tar.xz` },
    out: { type: 'string', default: 'modules' },
    help: { type: 'boolean', default: false },
  },
});

function loadingInstructions(out: string): string {
  return `The modules are in ${out}. Nothing has been loaded. To try them, as root:

  ipvsadm -Sn > saved; ipvsadm -C           # the table does not survive
  modprobe -r $(lsmod | awk '/^ip_vs/ { print $1 }')
  modprobe -a nf_conntrack nf_defrag_ipv6 libcrc32c 2>/dev/null; insmod ${out}/ip_vs.ko
  insmod ${out}/ip_vs_rr.ko                 # and each scheduler in use
  ipvsadm -R < saved

What that risks:
- Connections through the balancer break when ip_vs is unloaded, and there is no balancing until it is back.
- It is code of the kernel that no distribution has tested: a mistake in it can stop or corrupt the machine. Try it
  on one that may fail.
- The kernel is tainted (out of tree, unsigned), which vendors and kernel developers do not support; with Secure Boot
  it refuses unsigned modules.
- Debian's other modules that look into IPVS (xt_ipvs) were built for the old layout and are refused.
- After the next update of the kernel Debian's own modules are loaded again: build anew for each version, and read
  in its changelog whether IPVS had a security fix; these modules have those of the source that they were built from.
`;
}

/** The version of an installed package; empty where dpkg knows none. */
async function installed(name: string): Promise<string> {
  const status = await runCommand('dpkg-query', ['-s', name]).catch(() => '');
  return /^Version: (.+)$/m.exec(status)?.[1] ?? '';
}

async function checkVersions(): Promise<void> {
  const [image, source] = await Promise.all([
    installed(`linux-image-${kernelRelease}`),
    installed(`linux-source-${series}`),
  ]);
  if (image !== source)
    throw new Error(
      `this kernel is version ${image || '(no package)'}, linux-source-${series} is ${source || 'not installed'}: ` +
        'they must be the same',
    );
}

async function build(headers: string, source: string, out: string): Promise<void> {
  if (!existsSync(headers) || !existsSync(source))
    throw new Error(
      `${existsSync(headers) ? source : headers} is not there. Install what is missing with\n` +
        `  apt-get install make gcc linux-headers-${kernelRelease} linux-source-${series}`,
    );
  const work = await mkdtemp(join(tmpdir(), 'ipvs-modules-'));
  try {
    let tree = source;
    if (source.endsWith('.tar.xz')) {
      await checkVersions();
      const paths = ipVsPaths.map((path) => `linux-source-${series}/${path}`);
      await runCommand('tar', ['-xJf', source, '-C', work, ...paths]);
      tree = join(work, `linux-source-${series}`);
    }
    writePatchedCopy(tree, join(work, 'patched'));
    await mkdir(out, { recursive: true });
    await compileModules(['-C', headers], join(work, 'patched'), out, ['CONFIG_DEBUG_INFO_BTF_MODULES=']);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  process.stdout.write(loadingInstructions(out));
}

try {
  if (options.help) process.stdout.write(usage);
  else await build(options.headers, options.source, options.out);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
