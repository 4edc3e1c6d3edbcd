import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cachedFolder } from '../cache.ts';
import type { KernelFiles } from '../packages/kernels.ts';
import { runCommand } from '../process.ts';

/**
 * The modules that a guest needs: networking with everything IPVS uses, virtio for its disk, and the crypto and
 * library modules that these load.
 */
const wanted: readonly RegExp[] = [
  /^crypto\//,
  /^lib\//,
  /^arch\/x86\/crypto\/crc/,
  /^net\/(802|8021q|bridge|core|dccp|ife|ipv4|ipv6|key|llc|netfilter|netlink|packet|psample|sched|sctp|unix|xfrm)\//,
  /^drivers\/virtio\//,
  /^drivers\/block\/virtio_blk\./,
  /^drivers\/char\/hw_random\/virtio-rng\./,
  /^drivers\/net\/(dummy|geneve|ifb|net_failover|nlmon|tun|veth|virtio_net|vrf)\./,
];

function moduleName(file: string): string {
  return basename(file).replace(/\.ko(\.xz)?$/, '');
}

async function unpackModule(from: string, to: string): Promise<void> {
  if (!from.endsWith('.xz')) return copyFile(from, to);
  const file = openSync(to, 'w');
  try {
    await runCommand('xz', ['--decompress', '--stdout', from], { stdout: file });
  } finally {
    closeSync(file);
  }
}

async function fillModuleTree(
  kernel: KernelFiles,
  replacements: ReadonlyMap<string, string>,
  folder: string,
): Promise<void> {
  const tree = join(folder, 'lib/modules', kernel.release);
  await mkdir(tree, { recursive: true });
  const unused = new Set(replacements.keys());
  const stock = await readdir(join(kernel.modulesFolder, 'kernel'), { recursive: true });
  for (const path of stock) {
    if (!/\.ko(\.xz)?$/.test(path) || !wanted.some((pattern) => pattern.test(path))) continue;
    const name = moduleName(path);
    unused.delete(name);
    const to = join(tree, 'kernel', path.replace(/\.xz$/, ''));
    await mkdir(dirname(to), { recursive: true });
    await unpackModule(replacements.get(name) ?? join(kernel.modulesFolder, 'kernel', path), to);
  }
  if (unused.size > 0)
    throw new Error(`${kernel.release} has no module ${[...unused].join(', ')} to replace`);
  for (const list of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'])
    await copyFile(join(kernel.modulesLists, list), join(tree, list));
  await runCommand('depmod', ['-b', folder, kernel.release]);
}

/**
 * A folder with `lib/modules/RELEASE` for a guest: the stock modules it can need, uncompressed, those in
 * `replacements` (module name to .ko file) in place of the stock ones, indexed by depmod. Cached by content.
 */
export async function moduleTree(
  kernel: KernelFiles,
  replacements: ReadonlyMap<string, string> = new Map(),
): Promise<string> {
  const hash = createHash('sha256').update(kernel.version).update(wanted.join('\n'));
  for (const [name, file] of replacements) hash.update(`\n${name}\n`).update(await readFile(file));
  const key = hash.digest('hex').slice(0, 16);
  return cachedFolder(`modules/${kernel.release}-${key}`, (folder) =>
    fillModuleTree(kernel, replacements, folder),
  );
}
