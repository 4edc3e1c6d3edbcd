import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';

/** The paths of modprobe and of the kernel's modules. */
const LOADER = { modprobe: '/sbin/modprobe', modules: '/lib/modules' } as const;

/** Returns the directory with the modules of a kernel, which need not exist. */
export function modulesOf(kernel: string, modules: string = LOADER.modules): string {
  return join(modules, kernel);
}

/**
 * Loads a kernel module with modprobe, as ipvsadm does. Returns false if that fails, or if the modules of
 * this kernel are not installed, as in a container; modprobe is then not started, as that would take as long
 * as the rest of the command.
 */
export async function loadKernelModule(
  name: string,
  { modprobe, modules }: { readonly modprobe: string; readonly modules: string } = LOADER,
): Promise<boolean> {
  if (!existsSync(modulesOf(release(), modules))) return false;
  const { spawnSync } = await import('node:child_process');
  return spawnSync(modprobe, ['--', name], { stdio: 'ignore' }).status === 0;
}
